# cmake -D CHALKTAPE=… -D PYTHON=… -D SCRIPT=… -D FOLDER=… -P numpy_norms.cmake
file(REMOVE_RECURSE ${FOLDER})
execute_process(COMMAND ${CHALKTAPE} compare batch_norm --dtype f64 --size N=37,D=5 --dump ${FOLDER}
                OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${PYTHON} ${SCRIPT} --check ${FOLDER} COMMAND_ERROR_IS_FATAL ANY)
