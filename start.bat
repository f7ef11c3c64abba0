@echo off
chcp 65001 >nul
rem Double-click this file: it installs once (about ten minutes, with a network), and works without a network afterwards.
rem With a folder "wheels" of packages fetched beforehand, the first time needs no network either.
rem With the word quiet it only installs, and ends with 1 where that failed.
setlocal
pushd "%~dp0"
if not exist requirements.txt goto packed
set PYTHONUTF8=1
set "PATH=%~dp0.venv\Scripts;%PATH%"
rem a copy in another folder has a program that does not start
if exist .venv\Scripts\old-partners.exe .venv\Scripts\old-partners --version >nul 2>nul && goto ready

if exist wheels set "FROM=--no-index --find-links wheels"
if not "%~1"=="quiet" echo Installing, the first time only. Please keep this window open ...
where uv >nul 2>nul
if not errorlevel 1 goto with_uv
set "PYTHON="
for %%v in (3.12 3.13 3.11) do if not defined PYTHON py -%%v -c "pass" >nul 2>nul && set "PYTHON=py -%%v"
if not defined PYTHON python -c "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))" >nul 2>nul && set "PYTHON=python"
if not defined PYTHON goto failed
%PYTHON% -m venv .venv
.venv\Scripts\python -m pip install %FROM% --require-hashes --only-binary :all: -r requirements.txt
if errorlevel 1 goto failed
.venv\Scripts\python -m pip install --no-index --no-deps --no-build-isolation .
goto installed

:with_uv
if not exist .venv\Scripts\python.exe uv venv --python 3.12 .venv
uv pip install --python .venv\Scripts\python.exe %FROM% --require-hashes --only-binary :all: -r requirements.txt
if errorlevel 1 goto failed
uv pip install --python .venv\Scripts\python.exe --no-index --no-deps --no-build-isolation --reinstall-package old-partners .

:installed
if exist .venv\Scripts\old-partners.exe .venv\Scripts\old-partners --version >nul 2>nul && goto ready

:failed
if "%~1"=="quiet" exit /b 1
echo.
echo It is not installed. Install Python 3.12 from python.org for yourself (tick "Add to PATH"; nobody has to be
echo administrator), then double-click again. If Python is there, look above for what went wrong, and try again.
pause
exit /b 1

:packed
if "%~1"=="quiet" exit /b 1
echo Unpack the whole ZIP into a folder first, then double-click start.bat in that folder.
pause
exit /b 1

:ready
if "%~1"=="quiet" exit /b 0
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
