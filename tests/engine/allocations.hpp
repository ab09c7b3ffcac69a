// What a test program takes from the heap with `new`: counted, and refused where a test asks for that.
#pragma once

namespace chalktape {

/// How often memory was taken so far.
[[nodiscard]] long allocations();

/// While it lives, the next so many requests for memory with an alignment, as tensors make them, fail by
/// std::bad_alloc.
class FailingAllocations {
 public:
  explicit FailingAllocations(int count);
  ~FailingAllocations();
  FailingAllocations(const FailingAllocations&) = delete;
  FailingAllocations& operator=(const FailingAllocations&) = delete;
};

}  // namespace chalktape
