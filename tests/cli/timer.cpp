// Stands before Highway's library in a process that Valgrind watches: as it is loaded, that library measures its timer
// with rdtscp, which Valgrind knows only on processors that announce it, as not all virtual ones do.
#include <cstdint>

#include <hwy/nanobenchmark.h>

namespace hwy::platform {

std::uint64_t TimerResolution() { return 1; }

}  // namespace hwy::platform
