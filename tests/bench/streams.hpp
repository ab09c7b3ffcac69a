// Plain passes over memory: what no kernel of the same traffic can beat by much. Vectors of the machine's best unit.
#pragma once

#include <cstdint>

namespace chalktape::bench {

/// Reads `arrays` (1 or 2) arrays of n numbers on that many threads.
template <class T>
void read_pass(std::int64_t n, const T* a, const T* b, int arrays, int threads);

/// Reads them and writes one; `past_cache`: with stores that do not go through the cache (out aligned to 64 bytes).
template <class T>
void write_pass(std::int64_t n, const T* a, const T* b, int arrays, T* out, bool past_cache, int threads);

}  // namespace chalktape::bench
