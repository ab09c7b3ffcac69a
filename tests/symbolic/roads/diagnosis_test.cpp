// What is said of somebody's own gradients that are wrong.
#include "symbolic/roads/diagnosis.hpp"

#include <functional>
#include <string>

#include "symbolic/roads/compare.hpp"
#include "symbolic/roads/sample.hpp"
#include "symbolic/roads/sizes.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/layers.hpp"

namespace {

using namespace chalktape;

roads::Problem problem_of(const std::string& layer, std::int64_t n, std::int64_t d) {
  roads::Request request;
  request.dtype = engine::DType::f64;
  request.sizes = {{"N", n}, {"D", d}};
  return roads::make_problem(tests::builtin(layer), request, roads::comparison_sizes);
}

/// What the comparison says of dx with each entry changed: f(value, row, column).
roads::RoadResult candidate(const roads::Problem& problem,
                            const std::function<double(const engine::Tensor&, std::int64_t, std::int64_t)>& f) {
  const engine::Tensor dx = roads::tape_road()->walk(problem).gradients.at("x");
  const std::int64_t columns = problem.sizes.at("D");
  engine::Tensor changed = dx.copy();
  for (std::int64_t k = 0; k < dx.size(); ++k) changed.set_item(k, f(dx, k / columns, k % columns));
  std::vector<std::unique_ptr<roads::Road>> all;
  all.push_back(roads::candidate_road({{"x", changed}}));
  return std::move(roads::compare(problem, all).roads.front());
}

std::string guess(const roads::Problem& problem,
                  const std::function<double(const engine::Tensor&, std::int64_t, std::int64_t)>& f) {
  const auto result = candidate(problem, f);
  return result.diagnoses.contains("x") ? result.diagnoses.at("x").guess : "agrees";
}

}  // namespace

TEST_CASE("a candidate's mistakes are named", "[roads]") {
  const auto problem = problem_of("batch_norm", 7, 5);
  const auto at = [](const engine::Tensor& dx, std::int64_t i, std::int64_t j) { return dx.item(i * 5 + j); };
  const auto gamma = problem.tensors.at("gamma");
  const auto x = problem.tensors.at("x");
  CHECK(guess(problem, at) == "agrees");
  CHECK(guess(problem, [&](auto& dx, auto i, auto j) { return -at(dx, i, j); }) == "every entry has the wrong sign");
  CHECK(guess(problem, [&](auto& dx, auto i, auto j) { return 2 * at(dx, i, j); }) ==
        "every entry is 2 times what it should be: a factor too many, or a division by 2 forgotten");
  CHECK(guess(problem, [&](auto& dx, auto i, auto j) { return 7 * at(dx, i, j); }) ==
        "every entry is N times what it should be: a factor too many, or a division by N forgotten");
  CHECK(guess(problem, [&](auto& dx, auto i, auto j) { return at(dx, i, j) * gamma.item(j); }) ==
        "every entry is what it should be times gamma: a factor too many, or its inverse forgotten");
  CHECK(guess(problem, [&](auto& dx, auto i, auto j) { return at(dx, i, j) / gamma.item(j); }) ==
        "every entry is what it should be times 1/gamma: a factor too many, or its inverse forgotten");
  CHECK(guess(problem, [&](auto& dx, auto i, auto j) { return at(dx, i, j) + 1.0 + static_cast<double>(j); }) ==
        "what is wrong is the same for all N along N: a sum or mean over N is missing, added or wrong");
  CHECK(guess(problem, [&](auto& dx, auto i, auto j) { return at(dx, i, j) + 3 * x.item(i * 5 + j); }) ==
        "what is wrong is in proportion to x along N: the term with x is missing, or its factor is wrong");
  CHECK(guess(problem, [&](auto&, auto, auto) { return 0.0; }) == "every entry is 0: nothing was written there");
  CHECK(
      guess(problem, [&](auto& dx, auto i, auto j) { return at(dx, i, j) * static_cast<double>(1 + i * j); }).empty());
  const auto square = problem_of("softmax", 6, 6);
  CHECK(guess(square, [&](auto& dx, auto i, auto j) { return dx.item(j * 6 + i); }) ==
        "the axes N and D are exchanged");
}

TEST_CASE("a candidate's worst entry is found", "[roads]") {
  const auto problem = problem_of("batch_norm", 7, 5);
  const auto result = candidate(problem, [](const engine::Tensor& dx, std::int64_t i, std::int64_t j) {
    return dx.item(i * 5 + j) + (i == 3 && j == 2 ? 10.0 : 0.0);
  });
  const auto& diagnosis = result.diagnoses.at("x");
  CHECK(diagnosis.entry == std::vector<std::int64_t>{4, 3});
  CHECK(diagnosis.value == Approx(diagnosis.reference + 10));
  const auto nan = candidate(problem, [](const engine::Tensor& dx, std::int64_t i, std::int64_t j) {
    return i == 2 && j == 4 ? std::numeric_limits<double>::quiet_NaN() : dx.item(i * 5 + j);
  });
  CHECK(nan.diagnoses.at("x").entry == std::vector<std::int64_t>{3, 5});
  CHECK(nan.diagnoses.at("x").guess == "an entry is not a number that can be compared");
}
