# Everything from outside. Imported targets are system includes, so that their headers' warnings do not count as ours.
# What a static library needs when it is linked stands in chalktape-config.cmake.in too.
find_package(PkgConfig REQUIRED)
pkg_check_modules(ginac REQUIRED IMPORTED_TARGET GLOBAL ginac>=1.8)
pkg_check_modules(cln REQUIRED IMPORTED_TARGET GLOBAL cln>=1.3)
pkg_check_modules(graphviz REQUIRED IMPORTED_TARGET GLOBAL libgvc libcgraph)
find_package(Boost 1.74 REQUIRED) # headers only: Boost.Graph's algorithms are templates
find_package(Eigen3 3.3 REQUIRED NO_MODULE)
find_package(fmt 9 REQUIRED)
find_package(hwy 1.0 REQUIRED)
find_package(mimalloc 2 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(Threads REQUIRED)
