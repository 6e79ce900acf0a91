@echo off
rem The launcher of a download for Windows (docs/install.md): Java is in runtime\, the jars are in lib\.
rem Modules and options are those of the launcher for other systems; it neither prepares quick starts nor chooses
rem a collector for short commands. A variable named home would take the place of the user's HOME.
setlocal EnableExtensions DisableDelayedExpansion
call :find_folder
set "java=%folder%runtime\bin\java.exe"
rem No block in parentheses has a path: one with a parenthesis in it, such as "Program Files (x86)", would end it.
if not exist "%java%" goto incomplete
if defined TORNADOVM_HOME goto gpu
if "%~1"=="--print-java" goto print
if "%~1"=="jshell" goto source
if "%~1"=="mark" goto source
if "%~1"=="--spark" goto source
set "libraries=info.picocli,me.tongfei.progressbar,tools.jackson.databind,tools.jackson.dataformat.csv"
set "jars=%folder%lib\kintsugi.jar;%folder%lib\modules"
set "options="
if exist "%folder%lib\mqtt\kintsugi-mqtt.jar" call :add mqtt
if exist "%folder%lib\interop\kintsugi-interop.jar" call :add interop
if exist "%folder%lib\interop\onnxruntime-*.jar" call :add_onnx_runtime
goto run

rem Outside of a subroutine %~dp0 is the current folder where this file was found on the path by a name in quotes.
:find_folder
set "folder=%~dp0"
exit /b 0

rem The jars for a broker and for ONNX, where they have been copied into lib\, use what Java warns of.
:add
set "jars=%jars%;%folder%lib\%1"
set "options=--sun-misc-unsafe-memory-access=allow"
exit /b 0

:add_onnx_runtime
set "libraries=%libraries%,com.microsoft.onnxruntime"
set "options=%options% --enable-native-access=com.microsoft.onnxruntime"
exit /b 0

:incomplete
>&2 echo kintsugi: there is no "%java%"; unpack the whole download
exit /b 1

:gpu
>&2 echo kintsugi: the engine on a GPU, which TORNADOVM_HOME asks for, is not part of this download; it needs the source and a JDK 25 (docs/install.md)
exit /b 1

:print
for %%J in ("%java%") do echo %%~J
exit /b 0

:source
>&2 echo kintsugi: %~1 is not part of this download; it needs the source and a JDK 25 (docs/install.md)
exit /b 1

rem The last line, since "kintsugi || ..." asks how the last command ended.
:run
"%java%" %options% "-Dkintsugi.home=%folder%." --add-modules %libraries% -p "%jars%" -m kintsugi/kintsugi.cli.Main %*
