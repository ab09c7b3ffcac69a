// Counts what a test program takes from the heap with `new`.
#pragma once

namespace chalktape {

/// How often memory was taken so far.
[[nodiscard]] long allocations();

}  // namespace chalktape
