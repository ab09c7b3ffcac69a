#include "engine/tensor/memory.hpp"

#include <algorithm>
#include <cstring>
#include <thread>
#include <vector>

#include <omp.h>

#include "engine/tape/recorded.hpp"
#include "engine/tensor/inline_vector.hpp"
#include "engine/tensor/strided_loop.hpp"
#include "tests/catch.hpp"
#include "tests/engine/samples.hpp"

namespace chalktape::engine {
namespace {

// Under the address sanitizer small blocks go back to the system, so that it sees every use after their release.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif
constexpr std::size_t kSmall = std::size_t{1} << 15;

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
    if (bytes > kSmall || !kIsSanitized) CHECK(allocate(bytes)->data() == at);
  }
  release_unused_memory();
  CHECK_THROWS_AS(allocate(SIZE_MAX), std::bad_alloc);
}

TEST_CASE("blocks may be released by another thread, and after many of other sizes") {
  std::vector<Storage> blocks;
  for (std::size_t k = 0; k < 200; ++k) blocks.push_back(allocate(k * k * 10));
  std::thread([&] { blocks.clear(); }).join();
  for (std::size_t k = 200; k > 0; --k) blocks.push_back(allocate(k * 1000));
  CHECK(blocks.size() == 200);
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
