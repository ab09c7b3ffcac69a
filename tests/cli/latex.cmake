# The LaTeX that `chalktape derive` prints is a document that compiles, for every built-in layer.
#   cmake -D CHALKTAPE=… -D PDFLATEX=… -D WORK=… -P latex.cmake
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
execute_process(COMMAND ${CHALKTAPE} layers OUTPUT_VARIABLE listing COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "(^|\n)[a-z_0-9]+" layers "${listing}")
if(NOT layers)
  message(FATAL_ERROR "chalktape layers lists nothing")
endif()

# compiles(FILE ARGUMENTS…): what `chalktape derive ARGUMENTS…` prints.
function(compiles name)
  execute_process(COMMAND ${CHALKTAPE} derive ${ARGN} --format latex -o ${WORK}/${name}.tex COMMAND_ERROR_IS_FATAL ANY)
  execute_process(
    COMMAND ${PDFLATEX} -interaction=nonstopmode -halt-on-error ${name}.tex
    WORKING_DIRECTORY ${WORK}
    OUTPUT_VARIABLE transcript
    RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${name}.tex does not compile:\n${transcript}")
  endif()
endfunction()

foreach(layer IN LISTS layers)
  string(STRIP "${layer}" layer)
  compiles(${layer} ${layer})
endforeach()
foreach(layer batch_norm instance_norm softmax_cross_entropy attention)
  compiles(${layer}_at ${layer} --at N=3)
endforeach()
