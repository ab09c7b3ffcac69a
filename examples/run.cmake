# Runs an example and compares what it prints: cmake -D PROGRAM=… -D EXPECTED=… -P run.cmake
execute_process(COMMAND ${PROGRAM} OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
file(READ ${EXPECTED} expected)
if(NOT printed STREQUAL expected)
  message(FATAL_ERROR "${PROGRAM} prints\n${printed}\nand not\n${expected}")
endif()
