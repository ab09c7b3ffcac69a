// The tests' own measure fails what it must.
#include "tests/distance.hpp"

#include <array>
#include <limits>

#include "tests/catch.hpp"

namespace chalktape::tests {
namespace {

using engine::DType;
using engine::Tensor;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Tensor numbers(std::array<double, 3> values, DType dtype = DType::f64) { return Tensor::from({3}, values, dtype); }

TEST_CASE("no error gets lost among others") {
  for (const std::array<double, 3>& errors : {std::array{nan, 1.0, 2.0}, {1, nan, 2}, {1, 2, nan}, {nan, nan, nan}}) {
    LargestError largest;
    for (const double error : errors) largest.see(error);
    CHECK(largest.value() == infinity);
  }
  LargestError largest;
  CHECK(largest.value() == 0);
  largest.see(2);
  largest.see(1);
  CHECK(largest.value() == 2);
}

TEST_CASE("what is not a number is far from everything, wherever it stands") {
  for (int at = 0; at < 3; ++at) {
    std::array<double, 3> some{1, 2, 3};
    const Tensor finite = numbers(some);
    for (const double odd : {nan, infinity, -infinity}) {
      some.at(static_cast<std::size_t>(at)) = odd;
      const Tensor wrong = numbers(some);
      CAPTURE(at, odd);
      CHECK(worst_disagreement(wrong, finite) == infinity);
      CHECK(worst_disagreement(finite, wrong) == infinity);
      CHECK(worst_of_largest(wrong, finite) == infinity);
      CHECK(worst_of_largest(finite, wrong) == infinity);
      CHECK_FALSE(same_numbers(wrong, finite));
      CHECK(same_numbers(wrong, wrong));
    }
  }
  const Tensor all = numbers({nan, nan, nan});
  CHECK(worst_disagreement(all, all) == infinity);  // nothing can be said to be right
  CHECK(worst_of_largest(all, all) == infinity);
  CHECK(distance(infinity, infinity) == 0);
  CHECK(distance(infinity, -infinity) == infinity);
  CHECK(distance(infinity, 1) == infinity);
  CHECK(distance(nan, nan) == infinity);
}

TEST_CASE("errors are relative to what they are of") {
  CHECK(worst_disagreement(numbers({0, 0.5, 100}), numbers({0, 0, 100})) == 0.5 / 1.0);
  CHECK(worst_of_largest(numbers({0, 1, 100}), numbers({0, 0, 100})) == 0.01);
  CHECK(worst_of_largest(numbers({0, 1, 0}), numbers({0, 0, 0})) == infinity);
  CHECK(worst_of_largest(numbers({0, 1, 0}), numbers({0, 0, 0}), 2) == 0.5);
  CHECK(worst_of_largest(numbers({0, 0, 0}), numbers({0, 0, 0})) == 0);
  CHECK(worst_of_largest(numbers({infinity, 2, 3}), numbers({infinity, 2, 3})) == 0);
}

TEST_CASE("other shapes and other dtypes are other numbers") {
  const Tensor column = Tensor::zeros({3, 1}, DType::f64);
  const Tensor row = Tensor::zeros({3}, DType::f64);
  CHECK(worst_disagreement(column, row) == infinity);
  CHECK(worst_of_largest(column, row) == infinity);
  CHECK_FALSE(same_numbers(column, row));
  CHECK_FALSE(same_numbers(row, row.to(DType::f32)));
  CHECK(worst_disagreement(std::array{1.0, 2.0}, std::array{1.0}) == infinity);
  CHECK(worst_of_largest(std::array{1.0}, std::array{1.0, 2.0}) == infinity);
  CHECK(same_numbers(numbers({0.0, 1, nan}), numbers({-0.0, 1, -nan})));
}

}  // namespace
}  // namespace chalktape::tests
