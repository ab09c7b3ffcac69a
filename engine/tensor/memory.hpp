// Where tensors keep their numbers: blocks that start at a multiple of 64 bytes, count who shares them, and are kept
// for reuse when nobody does. A tape allocates the same sizes again and again; memory that is fresh from the system
// costs more to touch than to compute on.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <boost/smart_ptr/intrusive_ptr.hpp>

namespace chalktape::engine {

/// The head of a block; its bytes follow at `data()`.
class alignas(64) Block {
 public:
  explicit Block(std::size_t capacity) : capacity_(capacity) {}
  [[nodiscard]] std::byte* data() { return reinterpret_cast<std::byte*>(this + 1); }
  /// Whether a single owner holds it, who may then overwrite it.
  [[nodiscard]] bool is_unshared() const { return references_.load(std::memory_order_acquire) == 1; }

 private:
  friend void intrusive_ptr_add_ref(Block* block) { block->references_.fetch_add(1, std::memory_order_relaxed); }
  friend void intrusive_ptr_release(Block* block) {
    if (block->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) recycle(block);
  }
  static void recycle(Block* block) noexcept;

  std::atomic<std::int64_t> references_{0};
  std::size_t capacity_;  ///< of the whole block, the head included
};

using Storage = boost::intrusive_ptr<Block>;

/// Memory of at most a few KiB for what a tape keeps about a node, from the same lists as small blocks: it costs less
/// than the system's, and a tape needs some of it for every op. Aligned to 64 bytes; more is taken from the system.
[[nodiscard]] void* allocate_small(std::size_t bytes);
void release_small(void* memory, std::size_t bytes) noexcept;

/// The allocator of that memory, for containers.
template <class T>
struct SmallAllocator {
  using value_type = T;
  SmallAllocator() = default;
  template <class U>
  SmallAllocator(const SmallAllocator<U>& /*other*/) {}  // NOLINT(google-explicit-constructor): containers convert
  // T may be a pointer, whose size is then meant.
  static constexpr std::size_t size = sizeof(T);  // NOLINT(bugprone-sizeof-expression)
  [[nodiscard]] T* allocate(std::size_t count) { return static_cast<T*>(allocate_small(count * size)); }
  void deallocate(T* memory, std::size_t count) noexcept { release_small(memory, count * size); }
  friend bool operator==(const SmallAllocator& /*a*/, const SmallAllocator& /*b*/) { return true; }
};

/// A block with room for that many bytes, uninitialised. Any thread may allocate and release. Blocks that nobody holds
/// are kept; with those in use they never take more than was once in use. Throws std::bad_alloc where the system has no
/// more memory, even once all that was kept has been given back.
[[nodiscard]] Storage allocate(std::size_t bytes);
/// Whether they are kept: not under the address sanitizer, which is to see every use of what was released.
[[nodiscard]] bool keeps_unused_memory();

/// Bytes of the blocks above 32 KiB.
struct LargeMemory {
  std::size_t in_use = 0;
  std::size_t unused = 0;  ///< kept
};
[[nodiscard]] LargeMemory large_memory();
/// Gives the blocks that nobody holds back to the system (small ones: this thread's).
void release_unused_memory();

}  // namespace chalktape::engine
