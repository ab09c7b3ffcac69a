#include "engine/tensor/memory.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>
#include <thread>
#include <vector>

#include <omp.h>

#include "engine/tape/recorded.hpp"
#include "engine/tensor/inline_vector.hpp"
#include "engine/tensor/strided_loop.hpp"
#include "tests/catch.hpp"
#include "tests/engine/allocations.hpp"
#include "tests/engine/samples.hpp"

// GCC has the one, Clang the other.
#if defined(__SANITIZE_ADDRESS__)
#define CHALKTAPE_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#define CHALKTAPE_ADDRESS_SANITIZER __has_feature(address_sanitizer)
#else
#define CHALKTAPE_ADDRESS_SANITIZER 0
#endif
#if CHALKTAPE_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

namespace chalktape::engine {
namespace {

// What f gives with that many OpenMP threads.
template <class F>
auto with_threads(int count, F f) {
  const int before = omp_get_max_threads();
  omp_set_num_threads(count);
  auto result = f();
  omp_set_num_threads(before);
  return result;
}

TEST_CASE("blocks are aligned, shared by count, and used again") {
  for (const std::size_t bytes :
       {std::size_t{0}, std::size_t{8}, std::size_t{5000}, std::size_t{100000}, std::size_t{3} << 20}) {
    INFO(bytes);
    Storage block = allocate(bytes);
    std::byte* const at = block->data();
    CHECK(reinterpret_cast<std::uintptr_t>(at) % 64 == 0);
    std::memset(at, 1, bytes);
    CHECK(block->is_unshared());
    {
      const Storage other = block;
      CHECK_FALSE(block->is_unshared());
    }
    CHECK(block->is_unshared());
    block.reset();
#if CHALKTAPE_ADDRESS_SANITIZER
    CHECK(__asan_address_is_poisoned(at) != 0);  // a use of it would be reported
#else
    CHECK(allocate(bytes)->data() == at);
#endif
  }
  CHECK(keeps_unused_memory() == (CHALKTAPE_ADDRESS_SANITIZER == 0));
}

TEST_CASE("blocks may be released by another thread, and after many of other sizes") {
  // Each block is filled with its number: no two lie over each other.
  struct Filled {
    Storage block;
    std::size_t bytes;
    std::byte number;
    Filled(std::size_t size, std::size_t k) : block(allocate(size)), bytes(size), number(static_cast<std::byte>(k)) {
      std::fill_n(block->data(), bytes, number);
    }
    [[nodiscard]] bool is_whole() const {
      return std::all_of(block->data(), block->data() + bytes, [&](std::byte byte) { return byte == number; });
    }
  };
  const std::size_t before = large_memory().in_use;
  std::vector<Filled> blocks;
  for (std::size_t k = 0; k < 200; ++k) blocks.emplace_back(k * k * 10, k);
  CHECK(std::all_of(blocks.begin(), blocks.end(), [](const Filled& filled) { return filled.is_whole(); }));
  std::vector<Filled> kept;
  for (std::size_t k = 0; k < 200; k += 3) kept.push_back(blocks[k]);
  std::thread([&] { blocks.clear(); }).join();
  for (std::size_t k = 200; k > 0; --k) blocks.emplace_back(k * 1000, k);
  for (const std::vector<Filled>* all : {&blocks, &kept})
    CHECK(std::all_of(all->begin(), all->end(), [](const Filled& filled) { return filled.is_whole(); }));
  CHECK(large_memory().in_use > before);
  blocks.clear();
  kept.clear();
  CHECK(large_memory().in_use == before);
}

TEST_CASE("what is kept is given back before memory runs out, and counted right when it does") {
  release_unused_memory();
  const std::size_t before = large_memory().in_use;
  constexpr std::size_t bytes = std::size_t{1} << 20;
  { const Storage first = allocate(bytes), second = allocate(bytes), third = allocate(bytes); }
  const std::size_t kept = large_memory().unused;
  CHECK(kept >= (keeps_unused_memory() ? 3 * bytes : 0));
  {
    const FailingAllocations none(1);  // the first attempt fails
    const Storage block = allocate(bytes / 2);
    CHECK(large_memory().unused == 0);
  }
  {
    const Storage held = allocate(bytes);
    const std::size_t in_use = large_memory().in_use;
    const FailingAllocations none(2);  // and the second
    CHECK_THROWS_AS(allocate(2 * bytes), std::bad_alloc);
    CHECK(large_memory().in_use == in_use);
  }
  CHECK_THROWS_AS(allocate(SIZE_MAX), std::bad_alloc);
  CHECK_THROWS_AS(allocate(SIZE_MAX / 8), std::bad_alloc);
  CHECK(large_memory().in_use == before);
  {
    const FailingAllocations none(1);
    release_unused_memory();
    void* const small = allocate_small(1000);
    release_small(small, 1000);
  }
}

TEST_CASE("memory that runs out on a thread of a team is an error of the caller's") {
  for (const int members : {1, 2, 3}) {
    std::atomic<int> ended = 0;
    CHECK_THROWS_AS(on_team(members,
                            [&](const TeamMember& member) {
                              ++ended;
                              if (member.index + 1 == member.count) throw std::bad_alloc();
                            }),
                    std::bad_alloc);
    CHECK(ended >= 1);
  }
  const auto fails = [] {
    CHECK_THROWS_AS(on_threads(8,
                               [](std::int64_t begin, std::int64_t) {
                                 if (begin > 0) throw std::bad_alloc();
                               }),
                    std::bad_alloc);
    return true;
  };
  CHECK(with_threads(3, fails));
}

TEST_CASE("threads change no bit") {
  // Large enough for several threads: along the rows, along the columns, and to a single number.
  const Tensor x = Samples(3).tensor({300, 500}, {-2, 2}, DType::f32);
  const auto results = [&] {
    std::vector<std::vector<double>> all;
    for (const std::vector<int>& axes : {std::vector{0}, std::vector{1}, std::vector{0, 1}}) {
      Tape tape;
      const NodeId node = tape.input("x", x);
      const Recorded in(tape, node);
      const Recorded y = sum(exp(in - mean(in, {axes, true})) * in, {{0, 1}, false});
      all.push_back(y.value().to_vector());
      all.push_back(tape.backward(std::array{std::pair{y.node(), Tensor::full({}, 1, DType::f32)}}, std::array{node})
                        .of(node)
                        .to_vector());
    }
    return all;
  };
  const auto two = with_threads(2, results);
  CHECK(with_threads(1, results) == two);
  CHECK(with_threads(5, results) == two);
}

TEST_CASE("results that are written past the cache are those of small pieces") {
  // Rows of 1001 entries begin at any multiple of 4 bytes, and end within a tile.
  const std::int64_t rows = kStreamedBytes / 4 / 1001 + 3;
  const Tensor x = Samples(4).tensor({rows, 1001}, {-2, 2}, DType::f32);
  const Tensor b = Samples(5).tensor({1001}, {-2, 2}, DType::f32);
  const auto f = [](float a, float c) { return a * c + a; };
  const Tensor whole = map_elements<float>(x.shape(), f, x, b);
  bool same = true;
  for (std::int64_t begin = 0; begin < rows; begin += 1000) {
    const std::int64_t count = std::min<std::int64_t>(1000, rows - begin);
    const Tensor part = map_elements<float>({count, 1001}, f, x.view({count, 1001}, {1001, 1}, begin * 1001), b);
    same = same && std::memcmp(part.data<float>(), whole.data<float>() + begin * 1001, count * 1001 * 4) == 0;
  }
  CHECK(same);
  CHECK(whole.item(whole.size() - 1) == f(x.data<float>()[x.size() - 1], b.data<float>()[1000]));
}

TEST_CASE("a vector of few numbers behaves like any other") {
  using Few = InlineVector<int, 2>;
  Few a{1, 2};
  const Few copy = a;
  a.push_back(3);
  a.insert(a.begin(), 0);
  CHECK(a == Few{0, 1, 2, 3});
  CHECK(copy == Few{1, 2});
  a.erase(a.begin() + 1);
  CHECK(a == Few{0, 2, 3});
  Few moved = std::move(a);
  CHECK(moved.size() == 3);
  a = Few{7};
  CHECK(a == Few{7});
  a = moved;
  moved = Few{9, 9};
  CHECK((a == Few{0, 2, 3} && moved == Few{9, 9}));
  CHECK((Few{1, 2} < Few{1, 3} && Few{1} < Few{1, 0} && !(Few{2} < Few{1, 9})));
  CHECK(Few(3, 5) == Few{5, 5, 5});
  a.resize(1);
  CHECK((a.back() == 0 && a.at(0) == 0));
  CHECK_THROWS_AS(a.at(1), std::out_of_range);
}

}  // namespace
}  // namespace chalktape::engine
