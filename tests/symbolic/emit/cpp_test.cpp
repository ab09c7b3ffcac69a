// Emitted headers compile without warnings, and what they compute is right.
#include "symbolic/emit/cpp.hpp"

#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include <dlfcn.h>
#include <fmt/format.h>

#include "engine/tape/derivatives.hpp"
#include "symbolic/emit/cpp_driver.hpp"
#include "symbolic/roads/child_process.hpp"
#include "symbolic/roads/compare.hpp"
#include "symbolic/roads/emitted_code.hpp"
#include "symbolic/roads/sample.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/emit/cases.hpp"
#include "tests/symbolic/layers.hpp"

namespace chalktape {
namespace {

using engine::DType;
using engine::Tensor;

/// All cases in one source: one start of the compiler, and headers must live together.
class Compiled {
 public:
  Compiled(std::vector<tests::EmitCase> cases, const std::vector<std::string>& compilers,
           const std::vector<std::string>& flags)
      : cases_(std::move(cases)) {
    std::string drivers;
    for (const auto& c : cases_) {
      write(c.name + ".hpp", emit::to_cpp(c.program));
      drivers += emit::cpp_driver(c.program, c.name + ".hpp", "run_" + c.name);
    }
    write("all.cpp", drivers);
    const auto reason = roads::compile(folder_.path() / "all.cpp", folder_.path() / "all.so", compilers, flags);
    INFO(reason.value_or(""));
    REQUIRE_FALSE(reason.has_value());
    code_ = std::make_unique<roads::EmittedCode>(folder_.path() / "all.so");
  }

  [[nodiscard]] const std::vector<tests::EmitCase>& cases() const { return cases_; }
  [[nodiscard]] roads::EmittedResults run(const roads::Problem& problem) const {
    return code_->run(problem, "run_" + problem.layer.name);
  }

 private:
  void write(const std::string& name, const std::string& text) const {
    std::ofstream file(folder_.path() / name, std::ios::binary);
    file << text;
    REQUIRE(file.good());
  }

  std::vector<tests::EmitCase> cases_;
  roads::PrivateFolder folder_;
  std::unique_ptr<roads::EmittedCode> code_;
};

/// The library stays loaded, and GCC's libgomp with it: what that keeps would else be a leak of nobody's.
const std::vector<std::string> openmp{"-fopenmp", "-Wl,-z,nodelete"};
const std::vector<std::string> strict{"-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1"};

class CompiledRoad final : public roads::Road {
 public:
  explicit CompiledRoad(const Compiled& compiled) : compiled_(compiled) {}
  [[nodiscard]] std::string_view name() const override { return "emitted"; }
  [[nodiscard]] std::optional<std::string> unavailable(const language::Layer& /*layer*/) override {
    return std::nullopt;
  }
  [[nodiscard]] roads::Walk walk(const roads::Problem& problem) override {
    roads::Walk walk;
    walk.gradients = compiled_.run(problem).gradients;
    return walk;
  }

 private:
  const Compiled& compiled_;
};

void check_gradients(const Compiled& compiled, const roads::Problem& problem) {
  INFO(problem.layer.name << " " << engine::name_of(problem.dtype));
  std::vector<std::unique_ptr<roads::Road>> only;
  only.push_back(std::make_unique<CompiledRoad>(compiled));
  const roads::Comparison comparison = roads::compare(problem, only);
  for (const auto& [tensor, accuracy] : comparison.roads.at(0).accuracy) {
    INFO("d" << tensor << ": error " << accuracy.error << ", tolerance " << accuracy.tolerance);
    CHECK(accuracy.agrees());
  }
}

/// How many entries are further apart than the tolerance times their size, which is 1 at least.
std::size_t entries_apart(const Tensor& a, const Tensor& b, double tolerance) {
  const std::vector<double> found = a.to_vector();
  const std::vector<double> expected = b.to_vector();
  REQUIRE(found.size() == expected.size());
  std::size_t count = 0;
  for (std::size_t k = 0; k < found.size(); ++k) {
    if (!std::isfinite(found[k]) || engine::disagreement(found[k], expected[k]) > tolerance) ++count;
  }
  return count;
}

void check_outputs(const Compiled& compiled, const roads::Problem& problem, double tolerance) {
  engine::Tape tape;
  const roads::Forward forward = roads::record_forward(tape, problem, problem.dtype);
  for (const auto& [name, found] : compiled.run(problem).outputs) {
    INFO(problem.layer.name << ": " << name);
    CHECK(entries_apart(found, tape.value(forward.environment.nodes.at(name)), tolerance) == 0);
  }
}

roads::Problem problem_of(const language::Layer& layer, DType dtype, std::map<std::string, Tensor> data = {}) {
  roads::Request request;
  request.dtype = dtype;
  request.data = std::move(data);
  return roads::make_problem(layer, request, roads::comparison_sizes);
}

void check_all(const Compiled& compiled) {
  for (const auto& c : compiled.cases()) {
    for (const DType dtype : {DType::f32, DType::f64}) check_gradients(compiled, problem_of(c.program.layer, dtype));
    check_outputs(compiled, problem_of(c.program.layer, DType::f64), 1e-12);
  }
}

/// The same problem with all tensors' entries moved by an offset.
roads::Problem shifted(roads::Problem problem, double offset) {
  for (auto& [name, tensor] : problem.tensors) {
    std::vector<double> values = tensor.to_vector();
    for (double& value : values) value += offset;
    tensor = Tensor::from(tensor.shape(), values, problem.dtype);
  }
  return problem;
}

}  // namespace

TEST_CASE("emitted C++ of every built-in layer compiles without warnings and agrees with 50 digits") {
  const Compiled compiled(tests::builtin_cases(), roads::compilers(), strict);
  check_all(compiled);
  for (const char* name : {"batch_norm", "layer_norm", "instance_norm", "group_norm", "standardize", "rms_norm"})
    for (const DType dtype : {DType::f32, DType::f64})
      check_gradients(compiled, shifted(problem_of(tests::builtin(name), dtype), 1000));
}

TEST_CASE("emitted C++ of odd layers compiles without warnings and agrees with 50 digits") {
  check_all(Compiled(tests::odd_cases(), roads::compilers(), strict));
}

TEST_CASE("emitted C++ of random layers agrees with the tape") {
  const Compiled compiled(tests::random_cases(30), roads::compilers(), {"-O0", "-Wall", "-Wextra", "-Werror"});
  for (const auto& c : compiled.cases()) {
    roads::Request request;
    request.dtype = DType::f64;
    const roads::Problem problem = roads::make_problem(c.program.layer, request, roads::tracing_sizes);
    check_outputs(compiled, problem, 1e-10);
    const roads::Walk tape = roads::tape_road()->walk(problem);
    for (const auto& [name, found] : compiled.run(problem).gradients) {
      INFO(c.name << ": d" << name);
      CHECK(entries_apart(found, tape.gradients.at(name), 1e-10) == 0);
    }
  }
}

TEST_CASE("emitted C++ over four to six axes agrees with the tape, however long one of them is") {
  const Compiled compiled(tests::many_axes_cases(6), roads::compilers(), {"-O1", "-Wall", "-Wextra", "-Werror"});
  for (const auto& c : compiled.cases()) {
    for (const std::string& longest : c.program.layer.sizes) {
      roads::Request request;
      request.dtype = DType::f64;
      for (const std::string& size : c.program.layer.sizes) request.sizes[size] = size == longest ? 70 : 2;
      const roads::Problem problem = roads::make_problem(c.program.layer, request, roads::tracing_sizes);
      check_outputs(compiled, problem, 1e-11);
      const roads::Walk tape = roads::tape_road()->walk(problem);
      for (const auto& [name, found] : compiled.run(problem).gradients) {
        INFO(c.name << ", " << longest << " = 70: d" << name);
        CHECK(entries_apart(found, tape.gradients.at(name), 1e-11) == 0);
      }
    }
  }
}

#ifdef CHALKTAPE_CLANG
TEST_CASE("Clang compiles the emitted C++ of every built-in layer without warnings") {
  const Compiled compiled(tests::builtin_cases(), {CHALKTAPE_CLANG}, strict);
  check_gradients(compiled, problem_of(tests::builtin("batch_norm"), DType::f32));
}
#endif

TEST_CASE("emitted C++ does not overflow where values are modest") {
  std::vector<tests::EmitCase> cases;
  for (const char* name : {"softmax", "log_softmax", "softmax_cross_entropy", "attention",
                           "binary_cross_entropy_with_logits", "sigmoid", "affine_sigmoid"})
    cases.push_back(tests::case_of(tests::builtin(name)));
  const Compiled compiled(std::move(cases), roads::compilers(), strict);
  for (const auto& c : compiled.cases()) {
    for (const DType dtype : {DType::f32, DType::f64}) {
      roads::Problem problem = problem_of(c.program.layer, dtype);
      for (auto& [name, tensor] : problem.tensors) {
        std::vector<double> values = tensor.to_vector();
        for (std::size_t k = 0; k < values.size(); ++k) values[k] = k % 3 == 0 ? 1000 : -1000;
        tensor = Tensor::from(tensor.shape(), values, dtype);
      }
      const auto results = compiled.run(problem);
      for (const auto* tensors : {&results.outputs, &results.gradients}) {
        for (const auto& [name, tensor] : *tensors) {
          INFO(c.name << ": " << name);
          for (const double value : tensor.to_vector()) CHECK(std::isfinite(value));
        }
      }
    }
  }
}

TEST_CASE("large sums are blocked, and one thread or many give the same bits") {
  const Compiled alone({tests::case_of(tests::builtin("batch_norm"))}, roads::compilers(), {});
  const Compiled threads({tests::case_of(tests::builtin("batch_norm"))}, roads::compilers(), openmp);
  roads::Request request;
  request.dtype = DType::f32;
  request.sizes = {{"N", 20000}, {"D", 5}};
  const roads::Problem problem = roads::make_problem(tests::builtin("batch_norm"), request, roads::comparison_sizes);
  const auto a = alone.run(problem);
  const auto b = threads.run(problem);
  for (const char* name : {"x", "gamma", "beta"})
    CHECK(a.gradients.at(name).to_vector() == b.gradients.at(name).to_vector());
  double exact = 0;
  double found = 0;
  const std::vector<double> dy = problem.upstream.at("y").to_vector();
  for (std::size_t k = 0; k < dy.size(); k += 5) exact += dy[k];
  found = a.gradients.at("beta").to_vector()[0];
  CHECK(std::abs(found - exact) <= 1e-6 * std::max(1.0, std::abs(exact)) + 2e-5);
}

TEST_CASE("what fails on one of several threads is thrown to the caller") {
  const roads::PrivateFolder folder;
  std::ofstream(folder.path() / "batch_norm.hpp") << emit::to_cpp(tests::case_of(tests::builtin("batch_norm")).program);
  std::ofstream(folder.path() / "all.cpp") << R"(#include "batch_norm.hpp"
extern "C" int caught(std::size_t failing) {
  try {
    chalktape::batch_norm_detail::in_parallel(8, [&](std::size_t k) {
      if (k == failing) throw std::bad_alloc();
    });
  } catch (const std::bad_alloc&) {
    return 1;
  }
  return 0;
}
)";
  for (const auto& flags : {std::vector<std::string>{}, openmp}) {
    const auto file = folder.path() / (flags.empty() ? "alone.so" : "threads.so");
    const auto reason = roads::compile(folder.path() / "all.cpp", file, roads::compilers(), flags);
    INFO(reason.value_or(""));
    REQUIRE_FALSE(reason.has_value());
    void* const library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    REQUIRE(library != nullptr);
    const auto caught = reinterpret_cast<int (*)(std::size_t)>(dlsym(library, "caught"));
    REQUIRE(caught != nullptr);
    CHECK(caught(5) == 1);
    CHECK(caught(8) == 0);
    dlclose(library);
  }
}

TEST_CASE("large results, which are written past the cache, are right") {
  std::vector<std::string> fast{"-O2", "-march=native"};
  fast.insert(fast.end(), openmp.begin(), openmp.end());
  for (const auto& flags : {std::vector<std::string>{}, fast}) {
    std::vector<tests::EmitCase> cases;
    for (const char* const name :
         {"batch_norm", "layer_norm", "softmax", "softmax_cross_entropy", "population_statistics"})
      cases.push_back(tests::case_of(tests::builtin(name)));
    for (tests::EmitCase& odd : tests::odd_cases())
      if (odd.name == "two_outputs") cases.push_back(std::move(odd));
    const Compiled compiled(std::move(cases), roads::compilers(), flags);
    // Two arrays take 24 MiB and more; rows of whole turns, and some that are not and do not begin with a cache line.
    for (const std::int64_t columns : {1024, 1003}) {
      for (const auto& c : compiled.cases()) {
        roads::Request request;
        request.dtype = DType::f64;
        for (const std::string& size : c.program.layer.sizes) request.sizes[size] = size == "D" ? columns : 1600;
        const roads::Problem problem = roads::make_problem(c.program.layer, request, roads::comparison_sizes);
        check_outputs(compiled, problem, 1e-11);
        // Of two outputs' gradients some entries are small differences of large sums.
        const double tolerance = c.name == "two_outputs" ? 1e-11 : 1e-13;
        const auto gradients = compiled.run(problem).gradients;
        for (const auto& [name, expected] : roads::tape_road()->walk(problem).gradients) {
          INFO(c.name << ": d" << name << ", " << columns << " columns");
          CHECK(entries_apart(gradients.at(name), expected, tolerance) == 0);
        }
      }
    }
  }
}

TEST_CASE("the same layer gives the same bytes") {
  for (const char* name : {"batch_norm", "attention", "group_norm"}) {
    const auto a = tests::case_of(tests::builtin(name));
    const auto b = tests::case_of(tests::builtin(name));
    CHECK(emit::to_cpp(a.program) == emit::to_cpp(b.program));
  }
}

}  // namespace chalktape
