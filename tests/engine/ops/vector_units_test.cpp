// Whatever vector unit a machine has, tiles and sums are the same bits: the forms for smaller units are run here, too.
#include <array>
#include <cstring>
#include <vector>

#include "engine/ops/binary.hpp"
#include "engine/ops/reduction.hpp"
#include "engine/ops/tiles.hpp"
#include "engine/ops/unary.hpp"
#include "engine/tensor/reduction_loop.hpp"
#include "tests/catch.hpp"
#include "tests/engine/samples.hpp"

namespace chalktape::engine {
namespace {

using namespace ops;

constexpr std::int64_t kLength = 2100;  // beyond two blocks of a row's sum, and no multiple of any vector's length

// Those that this machine can run besides its best.
std::vector<VectorUnit> smaller_units() {
  std::vector<VectorUnit> units;
  for (const VectorUnit unit : {VectorUnit::any, VectorUnit::avx2}) {
    if (unit < vector_unit()) units.push_back(unit);
  }
  return units;
}

Tensor entries(std::uint32_t seed, DType dtype) { return Samples(seed).tensor({kLength}, {0.25, 2}, dtype); }

const void* data(const Tensor& x) {
  return dispatch(x.dtype(), [&]<class T>() -> const void* { return x.data<T>(); });
}
void* data(Tensor& x) {
  return dispatch(x.dtype(), [&]<class T>() -> void* { return x.data<T>(); });
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return std::memcmp(data(a), data(b), static_cast<std::size_t>(a.size()) * size_of(a.dtype())) == 0;
}

template <class O>
void check_map() {
  for (const DType dtype : {DType::f32, DType::f64}) {
    const Tensor a = entries(1, dtype);
    const Tensor b = entries(2, dtype);
    const auto results = [&](VectorUnit unit) {
      const TileFunctions functions = tiles::functions_of<O>(unit).at(static_cast<std::size_t>(dtype));
      std::array y{entries(3, dtype), entries(4, dtype)};
      functions.map(kLength, 1.5, data(y[0]), data(a), data(b));
      functions.add_to(kLength, 1.5, data(y[1]), data(a), data(b));
      return y;
    };
    const auto best = results(vector_unit());
    for (const VectorUnit unit : smaller_units()) {
      INFO(O::name << ' ' << name_of(dtype) << " unit " << static_cast<int>(unit));
      const auto other = results(unit);
      CHECK((same_bits(other[0], best[0]) && same_bits(other[1], best[1])));
    }
  }
}

template <class R>
void check_reduction() {
  for (const DType dtype : {DType::f32, DType::f64}) {
    const Tensor x = entries(1, dtype);
    struct Results {
      Tensor combined, finished;
      double row;
    };
    const auto results = [&](VectorUnit unit) {
      const TileReduction functions = tiles::reductions_of<R>(unit).at(static_cast<std::size_t>(dtype));
      Results all{entries(2, dtype), entries(3, dtype), functions.row(kLength, data(x))};
      functions.combine(kLength, 0, data(all.combined), data(x), nullptr);
      std::vector<double> totals(kLength, R::identity);
      functions.combine_wide(kLength, totals.data(), data(x));
      functions.combine_wide(kLength, totals.data(), data(all.combined));
      functions.finish(kLength, 2, totals.data(), data(all.finished));
      return all;
    };
    const Results best = results(vector_unit());
    for (const VectorUnit unit : smaller_units()) {
      INFO(R::name << ' ' << name_of(dtype) << " unit " << static_cast<int>(unit));
      const Results other = results(unit);
      CHECK((same_bits(other.combined, best.combined) && same_bits(other.finished, best.finished)));
      CHECK(other.row == best.row);
    }
  }
}

template <class... O>
void check_maps() {
  (check_map<O>(), ...);
}

TEST_CASE("functions on tiles are the same bits for every vector unit") {
  check_maps<Exp, Log, Sqrt, Abs, Sin, Cos, Tanh, Sigmoid, Relu, Step, Erf, Softplus, Negate, Square, Reciprocal,
             PowerConstant, Add, Subtract, Multiply, Divide, Power, Maximum, Minimum>();
}

TEST_CASE("reductions of tiles are the same bits for every vector unit") {
  check_reduction<Sum>();
  check_reduction<Mean>();
  check_reduction<Max>();
  check_reduction<Min>();
}

// take_each and take_all run the best form; one entry after the other is the same sum.
template <class T>
void check_sums() {
  const Tensor x = entries(1, dtype_of<T>);
  const T* const in = x.data<T>();
  std::vector<SumOf<T>> totals(kLength), expected(kLength);
  for (int twice = 0; twice < 2; ++twice) {
    take_each(totals.data(), in, kLength);
    for (std::int64_t i = 0; i < kLength; ++i) expected[i].take(in[i]);
  }
  bool same = true;
  for (std::int64_t i = 0; i < kLength; ++i) same = same && totals[i].result() == expected[i].result();
  CHECK(same);

  SumOf<T> all, one_by_one;
  take_all(all, in, kLength);
  for (std::int64_t i = 0; i < kLength; ++i) one_by_one.take(in[i]);
  CHECK(all.result() == Approx(one_by_one.result()).epsilon(1e-14));
}

TEST_CASE("sums of whole tensors are those of their entries") {
  check_sums<float>();
  check_sums<double>();
}

}  // namespace
}  // namespace chalktape::engine
