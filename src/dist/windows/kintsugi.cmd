@echo off
rem The launcher of a download for Windows (docs/install.md): Java is in runtime\, the jars are in lib\.
rem Modules and options are those of the launcher for other systems, without its quick starts.
setlocal
set "home=%~dp0"
set "java=%home%runtime\bin\java.exe"
rem No block in parentheses has a path: one with a parenthesis in it, such as "Program Files (x86)", would end it.
if not exist "%java%" goto incomplete
if "%~1"=="--print-java" goto print
if "%~1"=="jshell" goto source
if "%~1"=="mark" goto source
if "%~1"=="--spark" goto source
"%java%" "-Dkintsugi.home=%home%." --add-modules info.picocli,me.tongfei.progressbar,tools.jackson.databind,tools.jackson.dataformat.csv -p "%home%lib\kintsugi.jar;%home%lib\modules" -m kintsugi/kintsugi.cli.Main %*
exit /b %errorlevel%

:incomplete
echo kintsugi: there is no runtime\bin\java.exe next to "%~f0"; unpack the whole download 1>&2
exit /b 1

:print
echo %java%
exit /b 0

:source
echo kintsugi: %~1 is not part of this download; it needs the source and a JDK 25 (docs/install.md) 1>&2
exit /b 1
