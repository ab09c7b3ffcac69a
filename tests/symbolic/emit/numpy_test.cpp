// Emitted NumPy modules run under Python, and agree with the tape.
#include "symbolic/emit/numpy.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "engine/io/io.hpp"
#include "symbolic/roads/child_process.hpp"
#include "symbolic/roads/road.hpp"
#include "symbolic/roads/sample.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/emit/cases.hpp"
#include "tests/symbolic/layers.hpp"

namespace chalktape {
namespace {

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  REQUIRE(file.good());
}

void write_tensors(const std::filesystem::path& folder, const std::string& kind,
                   const std::vector<engine::Tensor>& tensors) {
  for (std::size_t k = 0; k < tensors.size(); ++k)
    engine::write_npy(folder / fmt::format("{}_{}.npy", kind, k), tensors[k]);
}

/// The module, its arguments, and what the tape makes of them, in a folder of their own.
void write_case(const std::filesystem::path& top, const tests::EmitCase& c) {
  const language::Layer& layer = c.program.layer;
  INFO(c.name);
  roads::Request request;
  request.dtype = engine::DType::f64;
  const roads::Problem problem = roads::make_problem(layer, request, roads::tracing_sizes);
  const auto folder = top / c.name;
  std::filesystem::create_directory(folder);
  write_text(folder / "module.py", emit::to_numpy(c.program));
  std::vector<engine::Tensor> upstream;
  std::vector<engine::Tensor> tensors;
  std::vector<engine::Tensor> outputs;
  std::vector<engine::Tensor> gradients;
  engine::Tape tape;
  const roads::Forward forward = roads::record_forward(tape, problem, engine::DType::f64);
  const roads::Walk walk = roads::tape_road()->walk(problem);
  for (const auto* names : {&layer.outputs, &layer.auxiliary_outputs})
    for (const std::string& name : *names) outputs.push_back(tape.value(forward.environment.nodes.at(name)));
  for (const std::string& name : layer.outputs) upstream.push_back(problem.upstream.at(name));
  for (const auto& tensor : layer.tensors) {
    tensors.push_back(problem.tensors.at(tensor.name));
    gradients.push_back(walk.gradients.at(tensor.name));
  }
  write_tensors(folder, "upstream", upstream);
  write_tensors(folder, "tensor", tensors);
  write_tensors(folder, "output", outputs);
  write_tensors(folder, "gradient", gradients);
}

void run(const std::filesystem::path& folder, const std::string& what) {
  const auto finished =
      roads::run_program({CHALKTAPE_PYTHON, "-W", "error", CHALKTAPE_EMIT_CHECKER, what, folder}, 250);
  INFO(finished.output);
  CHECK(finished.status == 0);
}

void check_all(const std::vector<tests::EmitCase>& cases) {
  const roads::PrivateFolder folder;
  for (const auto& c : cases) write_case(folder.path(), c);
  run(folder.path(), "agrees");
}

}  // namespace

TEST_CASE("emitted NumPy of every built-in layer agrees with the tape to 1e-10") { check_all(tests::builtin_cases()); }

TEST_CASE("emitted NumPy of odd layers agrees with the tape to 1e-10") { check_all(tests::odd_cases()); }

TEST_CASE("emitted NumPy of random layers agrees with the tape to 1e-10") { check_all(tests::random_cases(40)); }

TEST_CASE("emitted NumPy is finite at inputs of plus and minus 1000") {
  const roads::PrivateFolder folder;
  std::vector<tests::EmitCase> cases;
  for (const char* name : {"softmax", "log_softmax", "softmax_cross_entropy", "attention", "attention_multi_head",
                           "binary_cross_entropy_with_logits", "sigmoid", "affine_sigmoid", "swish", "gelu"})
    cases.push_back(tests::case_of(tests::builtin(name)));
  for (auto& c : tests::odd_cases())
    if (c.name.starts_with("hand_written") || c.name == "one_formula_softmax") cases.push_back(std::move(c));
  for (const auto& c : cases) write_case(folder.path(), c);
  run(folder.path(), "finite");
}

TEST_CASE("emitted NumPy keeps single precision") {
  const roads::PrivateFolder folder;
  for (const auto& c : tests::builtin_cases()) write_case(folder.path(), c);
  for (const auto& c : tests::odd_cases())
    if (c.name.find("delta") != std::string::npos) write_case(folder.path(), c);
  run(folder.path(), "f32");
}

}  // namespace chalktape
