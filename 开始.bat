@echo off
chcp 65001 >nul
rem 双击本文件：第一次联网安装一次（约十分钟），以后不联网即可使用；安装由 start.bat 完成。
rem 本文件夹里若有 wheels 文件夹（事先下载好的安装包），第一次也不联网。
setlocal
if not exist "%~dp0requirements.txt" (
    echo 请先把 ZIP 全部解压到一个文件夹，再双击那个文件夹里的“开始.bat”。
    pause
    exit /b 1
)
pushd "%~dp0"
set PYTHONUTF8=1
set "PATH=%~dp0.venv\Scripts;%PATH%"
set "FROM=-i https://pypi.tuna.tsinghua.edu.cn/simple"
echo 正在准备。第一次使用要安装，约十分钟，请不要关闭这个窗口……
call "%~dp0start.bat" quiet
if errorlevel 1 (
    echo.
    echo 没有装好。请从 python.org 安装 Python 3.12：选“仅为自己安装”，勾选 Add to PATH，不需要管理员权限。装好后再双击本文件。
    echo 已经装了 Python 的，请看上面的出错信息；多半是网络中断，再双击一次即可接着装。
    pause
    exit /b 1
)
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
