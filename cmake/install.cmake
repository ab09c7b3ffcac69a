# cmake --install: the command, the two libraries, their headers, and what find_package(chalktape) needs.
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/chalktape)

install(TARGETS chalktape_cli)
install(TARGETS chalktape_engine chalktape_symbolic EXPORT chalktape_targets)
install(
  DIRECTORY engine symbolic
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/chalktape
  FILES_MATCHING
  PATTERN "*.hpp")
install(
  EXPORT chalktape_targets
  NAMESPACE chalktape::
  FILE chalktape-targets.cmake
  DESTINATION ${package_folder})

configure_package_config_file(cmake/chalktape-config.cmake.in ${PROJECT_BINARY_DIR}/chalktape-config.cmake
                              INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/chalktape-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/chalktape-config.cmake ${PROJECT_BINARY_DIR}/chalktape-config-version.cmake
        DESTINATION ${package_folder})
