#include "engine/tensor/memory.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <mutex>
#include <new>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace chalktape::engine {

namespace {

constexpr std::size_t kSmallest = 128;
constexpr std::size_t kSmall = std::size_t{1} << 15;  // up to here: powers of two, one list a thread
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kSmallKept = std::size_t{1} << 18;  // bytes of each size

// GCC has the one, Clang the other.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kKeeps = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kKeeps = false;
#else
constexpr bool kKeeps = true;
#endif
#else
constexpr bool kKeeps = true;
#endif

std::align_val_t alignment_of(std::size_t capacity) {
  return std::align_val_t{capacity >= kHugePage ? kHugePage : alignof(Block)};
}

void* from_system(std::size_t capacity) {
  void* const memory = ::operator new(capacity, alignment_of(capacity));
#if defined(__linux__)
  // Large pages: fewer faults on the first touch, fewer misses later. Advice only, so its failure does not matter.
  if (capacity >= kHugePage) ::madvise(memory, capacity, MADV_HUGEPAGE);
#endif
  return memory;
}

void to_system(void* memory, std::size_t capacity) { ::operator delete(memory, alignment_of(capacity)); }

// Small blocks without a lock. Outlived by tensors of static duration: `gone` says so.
class SmallBlocks {
 public:
  SmallBlocks() = default;
  SmallBlocks(const SmallBlocks&) = delete;
  SmallBlocks& operator=(const SmallBlocks&) = delete;
  ~SmallBlocks() {
    release();
    gone = true;
  }
  void* take(std::size_t capacity) {
    List& list = lists_[index(capacity)];
    Free* const first = list.first;
    if (first == nullptr) return nullptr;
    list.first = first->next;
    list.bytes -= capacity;
    return first;
  }
  bool keep(void* memory, std::size_t capacity) {
    if (!kKeeps) return false;
    List& list = lists_[index(capacity)];
    if (list.bytes + capacity > kSmallKept) return false;
    list.first = new (memory) Free{list.first};
    list.bytes += capacity;
    return true;
  }
  void release() {
    for (std::size_t capacity = kSmallest; capacity <= kSmall; capacity *= 2) {
      while (void* const memory = take(capacity)) to_system(memory, capacity);
    }
  }
  static thread_local bool gone;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

 private:
  struct Free {
    Free* next;
  };
  struct List {
    Free* first = nullptr;
    std::size_t bytes = 0;
  };
  static std::size_t index(std::size_t capacity) {
    return static_cast<std::size_t>(std::countr_zero(capacity) - std::countr_zero(kSmallest));
  }
  std::array<List, 9> lists_{};
};
thread_local bool SmallBlocks::gone = false;

SmallBlocks& small_blocks() {
  static thread_local SmallBlocks blocks;
  return blocks;
}

class LargeBlocks {
 public:
  // One that is kept, or nullptr: then there is room for one from the system, which `add` is told of.
  void* take(std::size_t capacity) {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(capacity);
    if (found != kept_.end()) {
      Block* const block = found->second.back();
      forget(found);
      count(capacity);
      return block;
    }
    const std::size_t most = std::max(most_, in_use_ + capacity);
    while (!kept_.empty() && in_use_ + capacity + unused_ > most) {  // other sizes make way
      const auto largest = std::prev(kept_.end());
      to_system(largest->second.back(), largest->first);
      forget(largest);
    }
    return nullptr;
  }
  void add(std::size_t capacity) {
    const std::lock_guard lock(mutex_);
    count(capacity);
  }
  void keep(Block* block, std::size_t capacity) noexcept {
    const std::lock_guard lock(mutex_);
    in_use_ -= capacity;
    if (!kKeeps) return to_system(block, capacity);
    try {
      const auto place = kept_.try_emplace(capacity).first;
      place->second.push_back(block);
      unused_ += capacity;
    } catch (const std::bad_alloc&) {  // no memory to remember it by
      if (kept_.contains(capacity) && kept_.at(capacity).empty()) kept_.erase(capacity);
      to_system(block, capacity);
    }
  }
  void release() {
    const std::lock_guard lock(mutex_);
    for (const auto& [capacity, blocks] : kept_) {
      for (Block* const block : blocks) to_system(block, capacity);
    }
    kept_.clear();
    unused_ = 0;
    most_ = in_use_;
  }
  LargeMemory counted() {
    const std::lock_guard lock(mutex_);
    return {in_use_, unused_};
  }

 private:
  using Kept = std::map<std::size_t, std::vector<Block*>>;
  void count(std::size_t taken) {
    in_use_ += taken;
    most_ = std::max(most_, in_use_);
  }
  void forget(Kept::iterator of) {
    unused_ -= of->first;
    of->second.pop_back();
    if (of->second.empty()) kept_.erase(of);
  }
  std::mutex mutex_;
  Kept kept_;  // by capacity; no list is empty
  std::size_t in_use_ = 0;
  std::size_t unused_ = 0;
  std::size_t most_ = 0;  // that was in use at once
};

LargeBlocks& large_blocks() {
  static auto* const blocks = new LargeBlocks;  // never destroyed: tensors of static duration come back late
  return *blocks;
}

// Powers of two, and above `kSmall` the three sizes between two of them as well.
std::size_t rounded(std::size_t bytes) {
  if (bytes <= kSmall) return std::bit_ceil(std::max(bytes, kSmallest));
  const std::size_t quarter = std::bit_floor(bytes - 1) / 4;
  return (bytes + quarter - 1) / quarter * quarter;
}

// Before memory runs out, the blocks that nobody holds are given back.
void* from_system_or_kept(std::size_t capacity) {
  try {
    return from_system(capacity);
  } catch (const std::bad_alloc&) {
    release_unused_memory();
    return from_system(capacity);
  }
}

}  // namespace

bool keeps_unused_memory() { return kKeeps; }

LargeMemory large_memory() { return large_blocks().counted(); }

void* allocate_small(std::size_t bytes) {
  const std::size_t capacity = rounded(bytes);
  void* const known = capacity > kSmall || SmallBlocks::gone ? nullptr : small_blocks().take(capacity);
  return known != nullptr ? known : from_system_or_kept(capacity);
}

void release_small(void* memory, std::size_t bytes) noexcept {
  const std::size_t capacity = rounded(bytes);
  const bool is_kept = capacity <= kSmall && !SmallBlocks::gone && small_blocks().keep(memory, capacity);
  if (!is_kept) to_system(memory, capacity);
}

Storage allocate(std::size_t bytes) {
  constexpr std::size_t most = SIZE_MAX / 4;
  if (bytes > most) throw std::bad_alloc();
  const std::size_t capacity = rounded(bytes + sizeof(Block));
  if (capacity <= kSmall) return new (allocate_small(capacity)) Block(capacity);
  void* memory = large_blocks().take(capacity);
  if (memory == nullptr) {
    memory = from_system_or_kept(capacity);
    large_blocks().add(capacity);
  }
  return new (memory) Block(capacity);
}

void Block::recycle(Block* block) noexcept {
  const std::size_t capacity = block->capacity_;
  if (capacity > kSmall) {
    large_blocks().keep(block, capacity);
  } else {
    release_small(block, capacity);
  }
}

void release_unused_memory() {
  if (!SmallBlocks::gone) small_blocks().release();
  large_blocks().release();
}

}  // namespace chalktape::engine
