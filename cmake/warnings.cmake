# The house's compiler flags, private to its own targets: never part of what is installed.
add_library(chalktape_warnings INTERFACE)
target_compile_options(chalktape_warnings INTERFACE -Wall -Wextra -Wpedantic)
# GCC 12's -Wrestrict takes `"x" + string` for overlapping memory (GCC's bug 105651, mended in 13).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(chalktape_warnings INTERFACE -Wno-restrict)
endif()
# "omp simd" asks for vectors; where Clang has not been told to optimise, or counts branches, that it makes none is no news.
target_compile_options(chalktape_warnings INTERFACE $<$<CXX_COMPILER_ID:Clang>:-Wno-pass-failed>)
if(CHALKTAPE_WARNINGS_AS_ERRORS)
  target_compile_options(chalktape_warnings INTERFACE -Werror)
endif()
