@echo off
chcp 65001 >nul
rem Double-click this file: it installs once (about ten minutes, with a network), and works without a network afterwards.
rem With a folder "wheels" of packages fetched beforehand, the first time needs no network either.
setlocal
cd /d "%~dp0"
set PYTHONUTF8=1
set "PATH=%~dp0.venv\Scripts;%PATH%"
if exist ".venv\Scripts\old-partners.exe" goto ready

set "FROM="
if exist wheels set "FROM=--no-index --find-links wheels"
echo Installing, the first time only. Please keep this window open ...
where uv >nul 2>nul
if not errorlevel 1 (
    uv venv --python 3.12 .venv && uv pip install --python .venv\Scripts\python.exe %FROM% -c constraints.txt .
) else (
    py -3 -m venv .venv && .venv\Scripts\python -m pip install %FROM% -c constraints.txt .
)
if exist ".venv\Scripts\old-partners.exe" goto ready
echo.
echo It is not installed. Install Python 3.11 or newer from python.org (tick "Add to PATH"), then double-click again.
pause
exit /b 1

:ready
echo.
echo Old Partners is ready. Put the rosters into this folder, then type or paste a command:
echo.
echo   old-partners template --out start
echo   old-partners check --elders elders.xlsx --volunteers volunteers.xlsx
echo   old-partners run   --elders elders.xlsx --volunteers volunteers.xlsx --month 2026-12 --out december
echo.
echo To try it: old-partners sample --out sample
echo All of it: README.md; close the window to leave.
cmd /k
