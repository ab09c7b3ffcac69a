// The kernels where something is special: strides, aliases, empty arrays, numbers that are not finite, threads, vector
// units, bad arguments.
#include <limits>
#include <numeric>
#include <vector>

#include <hwy/targets.h>
#include <sys/mman.h>

#include "engine/kernels/columns.hpp"
#include "engine/kernels/whole_rows.hpp"
#include "tests/catch.hpp"
#include "tests/engine/norms.hpp"

namespace chalktape::engine::kernels {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// A matrix whose rows lie apart, with 77 between them.
struct Spread {
  std::int64_t n, d, stride;
  std::vector<float> entries;

  Spread(const Tensor& t, std::int64_t stride_)
      : n(t.shape()[0]), d(t.shape()[1]), stride(stride_), entries(static_cast<std::size_t>(n * stride_), 77.0F) {
    for (std::int64_t i = 0; i < t.size(); ++i) {
      entries[static_cast<std::size_t>(i / d * stride + i % d)] = static_cast<float>(t.item(i));
    }
  }
  template <class T>
  operator Rows<T>() {  // NOLINT(google-explicit-constructor): stands for its rows
    return {entries.data(), stride};
  }
};

TEST_CASE("rows may lie apart, and results may replace operands") {
  for (const Norm norm : {Norm::batch, Norm::layer}) {
    for (const auto& [n, d, stride] : {std::array<std::int64_t, 3>{9, 3, 5}, {70, 37, 40}, {33, 64, 100}}) {
      INFO((norm == Norm::batch ? "batch" : "layer") << " norm, N " << n << " D " << d);
      const Layer layer = sample(n, d, {-2, 2}, DType::f32);
      const Result packed = run(norm, layer);
      Spread x(layer.x, stride);
      Spread y = x;
      Spread dy(layer.dy, stride);
      const std::vector<float> x_before = x.entries;
      const auto* const gamma = layer.gamma.data<float>();
      const auto* const beta = layer.beta.data<float>();
      Tensor dgamma = Tensor::zeros({d}, DType::f32);
      Tensor dbeta = Tensor::zeros({d}, DType::f32);
      if (norm == Norm::batch) {
        const auto saved = batch_norm_forward<float>(n, d, y, gamma, beta, layer.eps, y);
        batch_norm_backward<float>(n, d, x, dy, gamma, saved, dy, dgamma.data<float>(), dbeta.data<float>());
      } else {
        LayerNormSaved<float> saved;
        layer_norm_forward<float>(n, d, y, gamma, beta, layer.eps, y, &saved);
        layer_norm_backward<float>(n, d, x, dy, gamma, saved, dy, dgamma.data<float>(), dbeta.data<float>());
      }
      // Packed narrow rows are summed in another order.
      const auto close = [](const Spread& a, const Tensor& b) {
        const Spread expected(b, a.stride);
        const auto wide = [](const Spread& rows) {
          return std::vector<double>(rows.entries.begin(), rows.entries.end());
        };
        return tests::worst_disagreement(wide(a), wide(expected)) < 2e-6;
      };
      CHECK(close(y, packed.y));
      CHECK(close(dy, packed.dx));  // and what lies between the rows is untouched
      CHECK(x.entries == x_before);
      CHECK(worst_of_largest(dgamma, packed.dgamma) < 1e-6);
      CHECK(worst_of_largest(dbeta, packed.dbeta) < 1e-6);
    }
  }
}

TEST_CASE("strides may be huge") {
  constexpr std::int64_t stride = (std::int64_t{1} << 28) + 1;  // more than a gigabyte from row to row
  constexpr std::int64_t n = 3;
  constexpr std::int64_t d = 5;
  constexpr std::size_t bytes = (2 * stride + d) * sizeof(float);
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  const Rows<float> x{static_cast<float*>(memory), stride};
  for (const Norm norm : {Norm::batch, Norm::layer}) {
    const Layer layer = sample(n, d, {-2, 2}, DType::f32);
    for (std::int64_t i = 0; i < n * d; ++i) x.row(i / d)[i % d] = static_cast<float>(layer.x.item(i));
    const Rows<const float> from{x.data, stride};
    if (norm == Norm::batch) {
      static_cast<void>(
          batch_norm_forward<float>(n, d, from, layer.gamma.data<float>(), layer.beta.data<float>(), layer.eps, x));
    } else {
      layer_norm_forward<float>(n, d, from, layer.gamma.data<float>(), layer.beta.data<float>(), layer.eps, x, nullptr);
    }
    const Tensor y = run(norm, layer).y;
    for (std::int64_t i = 0; i < n * d; ++i) {
      CHECK(disagreement(static_cast<double>(x.row(i / d)[i % d]), y.item(i)) < 1e-6);
    }
  }
  munmap(memory, bytes);
}

TEST_CASE("one row, one column") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    const Layer row = sample(1, 20, {-2, 2}, dtype);
    const Result batch = run(Norm::batch, row);
    CHECK(batch.y.to_vector() == row.beta.to_vector());
    CHECK(batch.dbeta.to_vector() == row.dy.to_vector());
    for (const Tensor& zero : {batch.dx, batch.dgamma}) {
      for (const double v : zero.to_vector()) CHECK(v == 0);
    }
    const Layer column = sample(20, 1, {-2, 2}, dtype);
    const Result layer = run(Norm::layer, column);
    CHECK(layer.y.to_vector() == std::vector<double>(20, column.beta.item()));
    for (const Tensor& zero : {layer.dx, layer.dgamma}) {
      for (const double v : zero.to_vector()) CHECK(v == 0);
    }
  }
}

TEST_CASE("empty arrays") {
  std::vector<float> a(4, 5.0F);
  std::vector<float> dgamma(2, 7.0F);
  std::vector<float> dbeta(2, 7.0F);
  const Rows<const float> none{nullptr, 2};
  const Rows<float> result{nullptr, 2};
  CHECK_THROWS_WITH(batch_norm_forward<float>(0, 2, none, a.data(), a.data(), 1e-5, result),
                    "batch_norm: the mean over N = 0 rows is undefined");
  batch_norm_inference<float>(0, 2, none, a.data(), a.data(), a.data(), a.data(), 1e-5, result);
  BatchNormSaved<float> saved{{0, 0}, {0, 0}, {1, 1}};
  batch_norm_backward<float>(0, 2, none, none, a.data(), saved, result, dgamma.data(), dbeta.data());
  CHECK(dgamma == std::vector<float>{0, 0});
  CHECK(dbeta == std::vector<float>{0, 0});
  saved = batch_norm_forward<float>(3, 0, {nullptr, 0}, nullptr, nullptr, 1e-5, {nullptr, 0});
  CHECK(saved.istd.empty());
  batch_norm_backward<float>(3, 0, {nullptr, 0}, {nullptr, 0}, nullptr, saved, {nullptr, 0}, nullptr, nullptr);

  LayerNormSaved<float> rows;
  layer_norm_forward<float>(0, 2, none, a.data(), a.data(), 1e-5, result, &rows);
  dgamma = dbeta = {7, 7};
  layer_norm_backward<float>(0, 2, none, none, a.data(), rows, result, dgamma.data(), dbeta.data());
  CHECK(dgamma == std::vector<float>{0, 0});
  CHECK(dbeta == std::vector<float>{0, 0});
  CHECK_THROWS_WITH(layer_norm_forward<float>(3, 0, {nullptr, 0}, nullptr, nullptr, 1e-5, {nullptr, 0}, &rows),
                    "layer_norm: the mean over D = 0 columns is undefined");
}

// Whether entries (i, j) of two matrices are the same bits wherever `of` says so.
bool same_where(const Tensor& a, const Tensor& b, const std::function<bool(std::int64_t, std::int64_t)>& of) {
  const std::int64_t d = a.shape()[1];
  for (std::int64_t k = 0; k < a.size(); ++k) {
    if (of(k / d, k % d) && a.item(k) != b.item(k)) return false;
  }
  return true;
}

TEST_CASE("what is not finite stays where the formulas put it") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (const std::int64_t d : {7, 200}) {
      const Layer clean = sample(50, d, {-2, 2}, dtype);
      const Result batch = run(Norm::batch, clean);
      const Result rows = run(Norm::layer, clean);
      constexpr std::int64_t row = 30;
      constexpr std::int64_t column = 4;
      const auto elsewhere = [](std::int64_t, std::int64_t j) { return j != column; };
      const auto other_rows = [](std::int64_t i, std::int64_t) { return i != row; };
      for (const double bad : {nan, infinity, -infinity}) {
        INFO("D " << d << " entry " << bad);
        // in x: the mean is not finite, x̂ is NaN in all of the column (the row), and so are dγ_j and dx
        Layer layer = clean;
        layer.x = clean.x.copy();
        layer.x.set_item(row * d + column, bad);
        Result r = run(Norm::batch, layer);
        for (std::int64_t i = 0; i < 50; ++i) {
          CHECK(std::isnan(r.y.item(i * d + column)));
          CHECK(std::isnan(r.dx.item(i * d + column)));
        }
        CHECK(std::isnan(r.dgamma.item(column)));
        CHECK(same_where(r.y, batch.y, elsewhere));
        CHECK(same_where(r.dx, batch.dx, elsewhere));
        r.dgamma.set_item(column, batch.dgamma.item(column));
        CHECK(r.dgamma.to_vector() == batch.dgamma.to_vector());
        CHECK(r.dbeta.item(column) == Approx(batch.dbeta.item(column)));
        r = run(Norm::layer, layer);
        for (std::int64_t j = 0; j < d; ++j) {
          CHECK(std::isnan(r.y.item(row * d + j)));
          CHECK(std::isnan(r.dx.item(row * d + j)));
          CHECK(std::isnan(r.dgamma.item(j)));
        }
        CHECK(same_where(r.y, rows.y, other_rows));
        CHECK(same_where(r.dx, rows.dx, other_rows));
        CHECK(r.dbeta.to_vector() == rows.dbeta.to_vector());

        // in dy: dβ_j is what was put in, dγ_j that times the sign of x̂, dx what the formula says
        layer = clean;
        layer.dy = clean.dy.copy();
        layer.dy.set_item(row * d + column, bad);
        r = run(Norm::batch, layer);
        CHECK(same_where(r.dx, batch.dx, elsewhere));
        CHECK(r.y.to_vector() == batch.y.to_vector());
        const double xhat = (batch.y.item(row * d + column) - clean.beta.item(column)) / clean.gamma.item(column);
        const auto like = [](double a, double b) { return std::isnan(b) ? std::isnan(a) : a == b; };
        CHECK(like(r.dbeta.item(column), bad));
        CHECK(like(r.dgamma.item(column), bad * xhat));
        for (std::int64_t i = 0; i < 50; ++i) {
          const double own = (batch.y.item(i * d + column) - clean.beta.item(column)) / clean.gamma.item(column);
          const double expected =
              (layer.dy.item(i * d + column) - bad / 50) - own * (bad * xhat);  // of the sign of dx, or NaN
          CHECK(like(r.dx.item(i * d + column), expected));
        }
        r = run(Norm::layer, layer);
        CHECK(same_where(r.dx, rows.dx, other_rows));
        CHECK(like(r.dbeta.item(column), bad));
        for (std::int64_t j = 0; j < d; ++j) {
          CHECK(!std::isfinite(r.dx.item(row * d + j)));
          if (j != column) CHECK(r.dgamma.item(j) == rows.dgamma.item(j));
        }
      }
    }
  }
}

TEST_CASE("a constant column and eps = 0 give 0/0") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    Layer layer = sample(20, 3, {-2, 2}, dtype);
    for (std::int64_t i = 0; i < 20; ++i) layer.x.set_item(3 * i + 1, 0.1);
    CHECK(worst_of(Norm::batch, layer) < (dtype == DType::f32 ? 1e-4 : 1e-12));  // dx is γ/√ε times rounding
    layer.eps = 0;
    const Result r = run(Norm::batch, layer);
    for (std::int64_t k = 0; k < r.y.size(); ++k) {
      CHECK(std::isnan(r.y.item(k)) == (k % 3 == 1));
      CHECK(std::isnan(r.dx.item(k)) == (k % 3 == 1));
    }
  }
}

TEST_CASE("the bits do not depend on the number of threads") {
  for (const Norm norm : {Norm::batch, Norm::layer}) {
    for (const auto& [n, d] : {std::pair<std::int64_t, std::int64_t>{1000, 300}, {20000, 10}, {7, 100000}}) {
      const Layer layer = sample(n, d, {-2, 2}, DType::f32);
      const Result one = run(norm, layer, 1);
      for (const int threads : {2, 3, 5}) CHECK(same_numbers(run(norm, layer, threads), one));
    }
  }
}

// What the kernels' loops make of `copies` times d columns, or of rows of so many.
template <class T>
std::vector<Tensor> loops_on(std::int64_t d, std::int64_t copies, Traffic traffic) {
  constexpr std::int64_t n = 67;
  constexpr DType dtype = dtype_of<T>;
  const std::int64_t cols = d * copies;
  const std::int64_t stride = (cols + 15) / 16 * 16;  // whole cache lines, which stores past the cache require
  Samples random(7);
  const Tensor x = random.tensor({n, stride}, {-2, 3}, dtype);
  const Tensor dy = random.tensor({n, stride}, {-1, 2}, dtype);
  const Tensor coefficients = random.tensor({5, cols}, {0.5, 2}, dtype);
  const Tensor of_rows = random.tensor({3, n}, {0.5, 2}, dtype);
  const Rows<const T> x_rows{x.data<T>(), stride};
  const Rows<const T> dy_rows{dy.data<T>(), stride};
  const auto row = [&](std::int64_t i) { return coefficients.data<T>() + i * cols; };
  std::vector<Tensor> results;
  const auto next = [&]<class U>(U /*unused*/, const Shape& shape) {
    return results.emplace_back(Tensor::zeros(shape, dtype_of<U>)).template data<U>();
  };
  const ColumnKernels<T> columns = column_kernels<T>();
  columns.moments(n, d, copies, x_rows, traffic, {next(T(), {d}), next(double(), {d}), next(double(), {d})});
  columns.products(n, d, copies, x_rows, dy_rows, row(0), traffic, {next(double(), {d}), next(double(), {d})});
  columns.forward(n, cols, x_rows, {row(0), row(1), row(2)}, {next(T(), {n, stride}), stride}, traffic);
  columns.backward(n, cols, x_rows, dy_rows, {row(0), row(1), row(2), row(3), row(4)}, {next(T(), {n, stride}), stride},
                   traffic);
  const RowKernels<T> rows = row_kernels<T>();
  rows.forward(n, cols, x_rows, row(0), row(1), 1e-5, {next(T(), {n, stride}), stride},
               {next(T(), {n}), next(T(), {n}), next(T(), {n})}, traffic);
  const T* const saved = of_rows.data<T>();
  rows.backward(n, cols, x_rows, dy_rows, row(0), {saved, saved + n, saved + 2 * n}, {next(T(), {n, stride}), stride},
                {next(double(), {cols}), next(double(), {cols})}, {next(T(), {cols}), next(T(), {cols})}, traffic);
  return results;
}

TEST_CASE("the bits do not depend on how matrices travel") {
  const auto check = [](auto loops) {
    const std::vector<Tensor> near = loops(Traffic{false, false});
    for (const Traffic traffic : {Traffic{true, false}, Traffic{true, true}}) {
      const std::vector<Tensor> far = loops(traffic);
      for (std::size_t k = 0; k < near.size(); ++k) CHECK(far[k].to_vector() == near[k].to_vector());
    }
  };
  // A row of columns beyond full vectors, whole tiles, copies, whole tiles of them, and more columns than a strip has.
  for (const auto& [d, copies] :
       {std::pair<std::int64_t, std::int64_t>{130, 1}, {256, 1}, {25, 5}, {32, 8}, {2500, 1}}) {
    const std::int64_t cols = d;
    const std::int64_t times = copies;
    INFO(cols << " columns, " << times << " copies");
    check([=](Traffic traffic) { return loops_on<float>(cols, times, traffic); });
    check([=](Traffic traffic) { return loops_on<double>(cols, times, traffic); });
  }
}

TEST_CASE("every vector unit of this machine gives agreeing results") {
  const std::int64_t supported = hwy::SupportedTargets();
  int units = 0;
  for (const std::int64_t target : {HWY_AVX3, HWY_AVX2, HWY_SSE4, HWY_NEON, HWY_EMU128, HWY_SCALAR}) {
    if ((supported & target) == 0) continue;
    hwy::SetSupportedTargetsForTest(target);
    ++units;
    for (const Norm norm : {Norm::batch, Norm::layer}) {
      for (const auto& [n, d] : {std::pair<std::int64_t, std::int64_t>{128, 100}, {45, 61}, {300, 513}, {9, 3}}) {
        INFO(hwy::TargetName(target) << ", N " << n << " D " << d);
        CHECK(worst_of(norm, sample(n, d, {1000, 1003}, DType::f32)) < 3e-6);
        CHECK(worst_of(norm, sample(n, d, {1000, 1003}, DType::f64)) < 3e-14);
      }
    }
    hwy::SetSupportedTargetsForTest(0);
  }
  CHECK(units >= 1);
}

TEST_CASE("the kernels refuse what does not fit") {
  std::vector<float> a(8);
  const Rows<const float> x{a.data(), 2};
  const Rows<float> y{a.data(), 2};
  LayerNormSaved<float> rows;
  CHECK_THROWS_WITH(batch_norm_forward<float>(-1, 2, x, a.data(), a.data(), 1e-5, y),
                    "batch_norm: needs N ≥ 0 and D ≥ 0, not N = -1, D = 2");
  CHECK_THROWS_WITH(batch_norm_forward<float>(2, 3, x, a.data(), a.data(), 1e-5, y),
                    "batch_norm: rows of 3 entries overlap with a stride of 2");
  CHECK_THROWS_WITH(batch_norm_forward<float>(1, 2, x, a.data(), a.data(), -1, y), "batch_norm: needs eps ≥ 0, not -1");
  CHECK_THROWS_WITH(batch_norm_forward<float>(1, 2, x, a.data(), a.data(), nan, y),
                    "batch_norm: needs eps ≥ 0, not nan");
  CHECK_THROWS_WITH(batch_norm_backward<float>(1, 2, x, x, a.data(), {}, y, a.data(), a.data()),
                    "batch_norm: saved for D = 0, not 2");
  CHECK_THROWS_WITH(layer_norm_forward<float>(2, 3, x, a.data(), a.data(), 1e-5, y, &rows),
                    "layer_norm: rows of 3 entries overlap with a stride of 2");
  CHECK_THROWS_WITH(layer_norm_backward<float>(1, 2, x, x, a.data(), {}, y, a.data(), a.data()),
                    "layer_norm: saved for N = 0, not 1");
  const Tensor t = Tensor::zeros({2, 2}, DType::f64);
  CHECK_THROWS_WITH(batch_norm_reference(t, t, t, 1e-5, t),
                    "batch_norm reference: shapes x (2, 2), gamma (2, 2), beta (2, 2), dy (2, 2)");
  CHECK_THROWS_WITH(layer_norm_reference(t, t, t, 1e-5, t),
                    "layer_norm reference: shapes x (2, 2), gamma (2, 2), beta (2, 2), dy (2, 2)");
}

}  // namespace
}  // namespace chalktape::engine::kernels
