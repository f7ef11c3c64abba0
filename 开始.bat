@echo off
chcp 65001 >nul
rem 双击本文件：第一次联网安装一次（约十分钟），以后不联网即可使用。
rem 本文件夹里若有 wheels 文件夹（事先下载好的安装包），第一次也不联网。
setlocal
cd /d "%~dp0"
set PYTHONUTF8=1
set "PATH=%~dp0.venv\Scripts;%PATH%"
if exist ".venv\Scripts\old-partners.exe" goto ready

set "FROM=-i https://pypi.tuna.tsinghua.edu.cn/simple"
if exist wheels set "FROM=--no-index --find-links wheels"
echo 第一次使用，正在安装，请不要关闭这个窗口……
where uv >nul 2>nul
if not errorlevel 1 (
    uv venv --python 3.12 .venv && uv pip install --python .venv\Scripts\python.exe %FROM% -c constraints.txt .
) else (
    py -3 -m venv .venv && .venv\Scripts\python -m pip install %FROM% -c constraints.txt .
)
if exist ".venv\Scripts\old-partners.exe" goto ready
echo.
echo 没有装好。请先从 python.org 安装 Python（3.11 以上，安装时勾选 Add to PATH），再双击本文件。
pause
exit /b 1

:ready
echo.
echo 老伙伴已就绪。请把名册放进本文件夹，再输入下面的命令（可以复制，回车运行）：
echo.
echo   old-partners --lang zh template --out 模板
echo   old-partners --lang zh check --elders 老人名册.xlsx --volunteers 志愿者名册.xlsx
echo   old-partners --lang zh run   --elders 老人名册.xlsx --volunteers 志愿者名册.xlsx --month 2026-12 --out 十二月
echo.
echo 先试一试：old-partners --lang zh sample --out 样例
echo 全部说明：README.zh-CN.md；关闭窗口即退出。
cmd /k
