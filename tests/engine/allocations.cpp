#include "tests/engine/allocations.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

std::atomic<long> count = 0;
std::atomic<int> failures_left = 0;

void* counted(std::size_t bytes, std::size_t alignment) {
  ++count;
  void* const memory =
      bytes > SIZE_MAX / 2 ? nullptr : std::aligned_alloc(alignment, (bytes + alignment) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
}  // namespace

namespace chalktape {

long allocations() { return count; }

FailingAllocations::FailingAllocations(int number) { failures_left = number; }
FailingAllocations::~FailingAllocations() { failures_left = 0; }

}  // namespace chalktape

// All memory that this program takes with `new`.
void* operator new(std::size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  if (failures_left > 0 && failures_left-- > 0) throw std::bad_alloc();
  return counted(bytes, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t bytes, const std::nothrow_t& /*none*/) noexcept {
  return counted(bytes, alignof(std::max_align_t));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*bytes*/) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t /*alignment*/) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*bytes*/, std::align_val_t /*alignment*/) noexcept {
  std::free(memory);
}
