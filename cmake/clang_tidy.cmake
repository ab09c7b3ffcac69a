# Every source of the libraries and the command is read by clang-tidy while it is built. Our plugin keeps its checks to
# our own code, which is three times as fast.
option(CHALKTAPE_CLANG_TIDY "Read every source with clang-tidy while it is built (Clang only)" OFF)
if(NOT CHALKTAPE_CLANG_TIDY)
  return()
endif()

# The plugin is for the clang-tidy that comes with this compiler.
string(REGEX MATCH "^[0-9]+" clang_major "${CMAKE_CXX_COMPILER_VERSION}")
find_path(CHALKTAPE_CLANG_HEADERS clang-tidy/ClangTidyCheck.h PATHS "/usr/lib/llvm-${clang_major}/include" REQUIRED)
find_program(CHALKTAPE_CLANG_TIDY_COMMAND NAMES "clang-tidy-${clang_major}" clang-tidy REQUIRED)

# A command, not a library: compilations wait for what a command makes, but not for a library; nor is it instrumented so.
set(own_code "${PROJECT_BINARY_DIR}/own_code.so")
add_custom_command(
  OUTPUT "${own_code}"
  COMMAND ${CMAKE_CXX_COMPILER} -std=c++17 -O1 -fno-rtti -fPIC -shared -isystem "${CHALKTAPE_CLANG_HEADERS}" -o "${own_code}"
          "${CMAKE_CURRENT_LIST_DIR}/own_code.cpp"
  MAIN_DEPENDENCY "${CMAKE_CURRENT_LIST_DIR}/own_code.cpp"
  COMMENT "Building clang-tidy's plugin"
  VERBATIM)
add_custom_target(chalktape_own_code DEPENDS "${own_code}")

# Whoever is compiled with our warnings is compiled after the plugin.
add_dependencies(chalktape_warnings chalktape_own_code)
set(CMAKE_CXX_CLANG_TIDY
    "${CHALKTAPE_CLANG_TIDY_COMMAND};--quiet;--load=${own_code};--checks=chalktape-own-code")
