#include "tests/symbolic/extreme/examine.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "engine/io/io.hpp"
#include "engine/tensor/random.hpp"
#include "symbolic/check/reference.hpp"
#include "symbolic/derive/derive.hpp"
#include "symbolic/emit/cpp.hpp"
#include "symbolic/emit/cpp_driver.hpp"
#include "symbolic/emit/numpy.hpp"
#include "symbolic/emit/trees.hpp"
#include "symbolic/roads/child_process.hpp"
#include "symbolic/roads/condition.hpp"
#include "symbolic/roads/emitted_code.hpp"
#include "symbolic/roads/road.hpp"
#include "tests/symbolic/layers.hpp"
#include "tests/text_of.hpp"

namespace chalktape::extreme {
namespace {

using engine::DType;
using engine::Random;
using engine::Tensor;
using language::Expr;
using language::Kind;
using language::Role;

constexpr std::array<std::int64_t, 2> sizes{3, 4};
constexpr int noisy_draws = 4;
constexpr double noise = 0x1p-38;
/// Beyond this, noise no longer says what rounding does: a change is at most 1, however much larger it would be.
constexpr double most_change = 0.1;

// ------------------------------------------------------------------------------------------------ The condition

/// The layer with noise at every result of an operation, every entry of a tensor and wherever a definition is read:
/// e becomes e·r + q·(e − stop(e)), the value e·r and the derivative (r + q)·e', each entry with an r and a q of its
/// own. The derivative of s = sigmoid(a) is off by q·s besides, that of tanh(a) by q: s·(1 − s) and 1 − t² are what
/// reverse mode computes, with 1 − s off by a rounding of s. That of l = log(a) is off by q·l/a: it may be computed
/// as exp(−l), as frameworks do from a saved logarithm of a sum.
class Noisy {
 public:
  explicit Noisy(language::Layer layer) : layer_(std::move(layer)) {
    const std::vector<language::Definition> given = std::exchange(layer_.definitions, {});
    for (const language::Definition& definition : given) {
      language::Definition noisy = definition;
      noisy.value = with_noise(definition.value);
      layer_.definitions.push_back(std::move(noisy));
    }
  }

  [[nodiscard]] const language::Layer& layer() const { return layer_; }

  void draw(Random& random, check::Inputs& inputs) const {
    for (const auto& [tensor, mean] : noise_) {
      std::int64_t count = 1;
      for (const std::string& size : tensor.sizes) count *= inputs.sizes.at(size);
      std::vector<double>& values = inputs.tensors[tensor.name];
      values.clear();
      for (std::int64_t k = 0; k < count; ++k) values.push_back(mean + noise * (2 * random.uniform() - 1));
    }
  }

 private:
  Expr with_noise(const Expr& e) {
    language::Expression copy = *e;
    for (Expr& operand : copy.operands) operand = with_noise(operand);
    const Expr same = std::make_shared<const language::Expression>(std::move(copy));
    const bool is_name = e->kind == Kind::access && e->role == Role::definition;
    const bool is_exact = e->kind == Kind::number || e->kind == Kind::negate || e->kind == Kind::delta ||
                          (e->kind == Kind::access && e->role != Role::tensor && !is_name) ||
                          emit::is_call(e, "stop") || emit::is_call(e, "step");
    if (is_exact) return same;
    const std::vector<language::Index> indices = emit::free_indices(e);
    Expr value = same;
    if (!is_name) {  // named, so that formulas do not grow with every operation
      const std::string name = fmt::format("op_{}", noise_.size());
      layer_.definitions.push_back({name, indices, same, {}});
      value = language::access(name, indices, Role::definition);
    }
    const Expr nothing = language::binary(Kind::subtract, value, language::call("stop", {value}));
    const Expr noisy = emit::add(is_name ? value : language::binary(Kind::multiply, value, tensor_of(indices, 1)),
                                 language::binary(Kind::multiply, nothing, tensor_of(indices, 0)));
    const bool is_tanh = emit::is_call(e, "tanh"), is_log = emit::is_call(e, "log");
    if (!is_tanh && !is_log && !emit::is_call(e, "sigmoid")) return noisy;
    const Expr& argument = same->operands[0];
    const Expr moved = language::binary(Kind::subtract, argument, language::call("stop", {argument}));
    const Expr scale = is_log ? language::binary(Kind::divide, value, argument) : value;
    const Expr off = is_tanh ? tensor_of(indices, 0)
                             : language::binary(Kind::multiply, language::call("stop", {scale}), tensor_of(indices, 0));
    return emit::add(noisy, language::binary(Kind::multiply, off, moved));
  }

  Expr tensor_of(const std::vector<language::Index>& indices, double mean) {
    language::TensorDeclaration tensor{fmt::format("noise_{}", noise_.size()), {}, {}};
    for (const auto& index : indices) tensor.sizes.push_back(index.range);
    noise_.emplace_back(tensor, mean);
    layer_.tensors.push_back(tensor);
    return language::access(tensor.name, indices, Role::tensor);
  }

  language::Layer layer_;
  std::vector<std::pair<language::TensorDeclaration, double>> noise_;
};

// ------------------------------------------------------------------------------------------------ Samples

struct Sample {
  roads::Problem problem;
  double level = 0;
  check::Reference truth;
  std::map<std::string, double> tolerance;  ///< by definition, and by tensor with a d before it
};

bool is_extreme(const std::string& tensor) { return tensor == "x" || tensor == "w" || tensor == "v" || tensor == "c"; }

double entry(const std::string& tensor, double level, Random& random) {
  if (tensor == "m") return random.below(3) == 0 ? 0 : 1;
  const double normal = random.normal();
  if (!is_extreme(tensor)) return normal;
  const double sign = random.below(2) == 0 ? -1 : 1;
  switch (random.below(6)) {
    case 0:
      return normal;
    case 1:
      return sign * level * random.uniform();
    case 2:
      return sign * level;
    default:
      return sign * level + normal;
  }
}

roads::Problem problem_of(const language::Layer& layer, DType dtype, double level, Random& random) {
  roads::Problem problem;
  problem.layer = layer;
  problem.dtype = dtype;
  for (std::size_t k = 0; k < layer.sizes.size(); ++k) problem.sizes[layer.sizes[k]] = sizes.at(k % sizes.size());
  for (const auto& constant : layer.constants) problem.constants[constant.name] = lower::constant_value(constant, {});
  const auto drawn = [&](const std::string& name, const engine::Shape& shape, bool is_upstream) {
    std::vector<double> values(static_cast<std::size_t>(engine::element_count(shape)));
    for (double& value : values) value = is_upstream ? random.normal() : entry(name, level, random);
    return Tensor::from(shape, values, dtype);
  };
  for (const auto& tensor : layer.tensors)
    problem.tensors.emplace(tensor.name, drawn(tensor.name, roads::shape_of(problem, tensor.name), false));
  for (const std::string& output : layer.outputs) {
    const engine::Shape shape = roads::shape_of(problem, output);
    problem.upstream.emplace(output, layer.returns_loss() ? Tensor::full(shape, 1, dtype) : drawn(output, shape, true));
  }
  return problem;
}

check::Inputs inputs_of(const roads::Problem& problem) {
  check::Inputs inputs;
  inputs.sizes = problem.sizes;
  inputs.constants = problem.constants;
  for (const auto& [name, tensor] : problem.tensors) inputs.tensors.emplace(name, tensor.to_vector());
  for (const auto& [name, tensor] : problem.upstream) inputs.upstream.emplace(name, tensor.to_vector());
  return inputs;
}

/// Beyond it an entry is no number of the dtype, or one that sums and products pass by on the way.
double most_of(DType dtype) {
  return (dtype == DType::f32 ? static_cast<double>(std::numeric_limits<float>::max())
                              : std::numeric_limits<double>::max()) /
         16;
}

/// |a − b| / max(1, |a| + |b|), in halves so that nothing overflows.
double error_of(double value, const check::Precise& truth) {
  const double distance = std::abs((value - truth.high) - truth.low);
  return distance / 2 / std::max(0.5, std::abs(value) / 2 + std::abs(truth.high) / 2);
}

/// The largest change among the entries that are numbers of the dtype.
double change(const std::vector<check::Precise>& truth, const std::vector<check::Precise>& other, DType dtype) {
  double worst = 0;
  for (std::size_t k = 0; k < truth.size(); ++k) {
    if (!(std::abs(truth[k].high) <= most_of(dtype))) continue;
    const double distance = std::abs((other[k].high - truth[k].high) + (other[k].low - truth[k].low));
    const double scale = std::max(0.5, std::abs(truth[k].high) / 2 + std::abs(other[k].high) / 2);
    const double error = distance / 2 / scale;
    worst = std::isnan(error) ? std::numeric_limits<double>::infinity() : std::max(worst, error);
  }
  return worst;
}

std::map<std::string, double> tolerances(const Sample& sample, const Noisy& noisy, Random& random) {
  const roads::Problem& problem = sample.problem;
  std::map<std::string, double> response;
  check::Inputs inputs = inputs_of(problem);
  const double scale = roads::unit_roundoff(problem.dtype) / noise;
  const auto respond = [&](const std::string& name, double by) {
    double& largest = response[name];
    largest = std::max(largest, by > most_change ? std::numeric_limits<double>::infinity() : by * scale);
  };
  for (int draw = 0; draw < noisy_draws; ++draw) {
    noisy.draw(random, inputs);
    std::optional<check::Reference> moved;
    try {
      moved = check::reference(noisy.layer(), inputs);
    } catch (const check::DomainError&) {
      // The numbers are beside a pole.
    }
    for (const auto& [name, values] : sample.truth.values)
      respond(name,
              moved ? change(values, moved->values.at(name), problem.dtype) : std::numeric_limits<double>::infinity());
    for (const auto& [name, values] : sample.truth.gradients)
      respond("d" + name, moved ? change(values, moved->gradients.at(name), problem.dtype)
                                : std::numeric_limits<double>::infinity());
  }
  for (auto& [name, value] : response) value = roads::tolerance(value, problem.dtype);
  return response;
}

// ------------------------------------------------------------------------------------------------ Roads

struct Case {
  language::Layer layer;
  derive::Derivation derivation;
  emit::Program program;
  std::vector<Sample> samples;
};

class Examination {
 public:
  explicit Examination(Report& report) : report_(report) {}

  void add(const std::string& text) {
    ++report_.layers;
    Case added;
    added.layer = tests::layer_of(text);
    try {
      added.derivation = derive::derive(added.layer);
      added.program = emit::make_program(added.derivation);
    } catch (const std::exception& error) {
      report_.failures.push_back({added.layer.name, "derivation", "refused", error.what()});
      return;
    }
    const Noisy noisy(added.layer);
    for (const double level : levels) {
      for (const DType dtype : {DType::f32, DType::f64}) {
        Random random(engine::mixed(static_cast<std::uint64_t>(level), dtype == DType::f32 ? 1 : 2));
        Sample sample;
        sample.level = level;
        sample.problem = problem_of(added.layer, dtype, level, random);
        try {
          sample.truth = check::reference(added.layer, inputs_of(sample.problem));
        } catch (const check::DomainError&) {
          continue;  // a row under a mask that is 0 everywhere
        }
        sample.tolerance = tolerances(sample, noisy, random);
        ++report_.samples;
        added.samples.push_back(std::move(sample));
      }
    }
    cases_.push_back(std::move(added));
  }

  void walk_derived() {
    for (const Case& c : cases_) {
      const auto road = roads::derived_road(c.derivation);
      for (const Sample& sample : c.samples) {
        const roads::Walk walk = road->walk(sample.problem);
        for (const auto& [name, gradient] : walk.gradients)
          judge(c, sample, "derived", "d" + name, gradient, sample.truth.gradients.at(name));
      }
    }
  }

  void run_cpp() {
    const roads::PrivateFolder folder;
    std::string drivers;
    for (const Case& c : cases_) {
      write(folder.path() / (c.layer.name + ".hpp"), emit::to_cpp(c.program));
      drivers += emit::cpp_driver(c.program, c.layer.name + ".hpp", "run_" + c.layer.name);
    }
    write(folder.path() / "all.cpp", drivers);
    if (const auto reason =
            roads::compile(folder.path() / "all.cpp", folder.path() / "all.so", roads::compilers(), {"-O1"})) {
      report_.failures.push_back({"all", "C++", "does not compile", *reason});
      return;
    }
    const roads::EmittedCode code(folder.path() / "all.so");
    for (const Case& c : cases_) {
      for (const Sample& sample : c.samples) {
        const roads::EmittedResults results = code.run(sample.problem, "run_" + c.layer.name);
        for (const auto& [name, output] : results.outputs)
          judge(c, sample, "C++", name, output, sample.truth.values.at(name));
        for (const auto& [name, gradient] : results.gradients)
          judge(c, sample, "C++", "d" + name, gradient, sample.truth.gradients.at(name));
      }
    }
  }

  void run_numpy(const std::string& python, const std::string& runner) {
    const roads::PrivateFolder folder;
    const auto sample_folder = [&](const Case& c, std::size_t k) {
      return folder.path() / c.layer.name / fmt::format("sample_{}", k);
    };
    for (const Case& c : cases_) {
      std::filesystem::create_directory(folder.path() / c.layer.name);
      write(folder.path() / c.layer.name / "module.py", emit::to_numpy(c.program));
      for (std::size_t k = 0; k < c.samples.size(); ++k) {
        const auto at = sample_folder(c, k);
        std::filesystem::create_directory(at);
        const roads::Problem& problem = c.samples[k].problem;
        for (std::size_t n = 0; n < c.layer.outputs.size(); ++n)
          engine::write_npy(at / fmt::format("upstream_{}.npy", n), problem.upstream.at(c.layer.outputs[n]));
        for (std::size_t n = 0; n < c.layer.tensors.size(); ++n)
          engine::write_npy(at / fmt::format("tensor_{}.npy", n), problem.tensors.at(c.layer.tensors[n].name));
      }
    }
    const auto finished = roads::run_program({python, runner, folder.path()}, 600);
    if (finished.status != 0) {
      report_.failures.push_back({"all", "NumPy", "does not run", finished.output});
      return;
    }
    for (const Case& c : cases_) {
      if (const auto error = folder.path() / c.layer.name / "error.txt"; std::filesystem::exists(error)) {
        report_.failures.push_back({c.layer.name, "NumPy", "an exception", tests::text_of(error)});
        continue;
      }
      for (std::size_t k = 0; k < c.samples.size(); ++k) {
        const Sample& sample = c.samples[k];
        const auto result = [&](const char* kind, std::size_t n) {
          return engine::read_npy(sample_folder(c, k) / fmt::format("{}_{}.npy", kind, n));
        };
        for (std::size_t n = 0; n < c.layer.outputs.size(); ++n)
          judge(c, sample, "NumPy", c.layer.outputs[n], result("output", n),
                sample.truth.values.at(c.layer.outputs[n]));
        for (std::size_t n = 0; n < c.layer.tensors.size(); ++n) {
          const std::string& name = c.layer.tensors[n].name;
          judge(c, sample, "NumPy", "d" + name, result("gradient", n), sample.truth.gradients.at(name));
        }
      }
    }
  }

 private:
  static void write(const std::filesystem::path& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
  }

  void judge(const Case& c, const Sample& sample, const std::string& road, const std::string& name, const Tensor& found,
             const std::vector<check::Precise>& truth) {
    const double tolerance = sample.tolerance.at(name);
    if (!(tolerance <= roads::most_tolerance)) {
      ++report_.undecided;
      return;
    }
    const std::vector<double> values = found.to_vector();
    double worst = 0;
    std::size_t at = 0;
    for (std::size_t k = 0; k < truth.size(); ++k) {
      if (!(std::abs(truth[k].high) <= most_of(sample.problem.dtype))) {
        ++report_.beyond;
        continue;
      }
      ++report_.entries;
      const double error =
          std::isfinite(values[k]) ? error_of(values[k], truth[k]) : std::numeric_limits<double>::infinity();
      if (error <= worst) continue;
      worst = error;
      at = k;
    }
    if (worst <= tolerance) return;
    report_.failures.push_back(
        {c.layer.name, road, std::isfinite(worst) ? "off" : "not finite",
         fmt::format("{} entry {} at +-{} in {}: {} instead of {}, error {:.1e}, tolerance {:.1e}", name, at,
                     sample.level, engine::name_of(sample.problem.dtype), values[at], truth[at].high, worst,
                     tolerance)});
  }

  Report& report_;
  std::vector<Case> cases_;
};

}  // namespace

Report examine(const std::vector<std::string>& layers, const std::string& python, const std::string& runner) {
  Report report;
  Examination examination(report);
  for (const std::string& layer : layers) examination.add(layer);
  examination.walk_derived();
  examination.run_cpp();
  examination.run_numpy(python, runner);
  return report;
}

}  // namespace chalktape::extreme
