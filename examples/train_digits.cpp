// Trains the network of digits.chalk on handwritten digits: stochastic gradient descent with momentum, with batch
// normalization and without, the gradients walked on three roads that must give the same losses.
//   train_digits [--seed S] [--epochs E] [--layers FILE] [--data FILE] [--curve loss.svg]
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "engine/io/atomic_file.hpp"
#include "engine/io/io.hpp"
#include "engine/plan/plan.hpp"
#include "engine/tape/derivatives.hpp"
#include "engine/tensor/random.hpp"
#include "examples/line_chart.hpp"
#include "symbolic/check/verify.hpp"
#include "symbolic/lower/lower.hpp"
#include "symbolic/notation/resolve.hpp"

using namespace chalktape;
using engine::DType;
using engine::NodeId;
using engine::Tensor;
using language::Layer;

namespace {

constexpr std::int64_t pixels = 64, hidden = 64, classes = 10, batch = 64;
constexpr double rate = 0.1, momentum = 0.9;

struct Options {
  std::uint64_t seed = 1;
  int epochs = 30;
  std::string layers = CHALKTAPE_EXAMPLES "/digits.chalk";
  std::string data = CHALKTAPE_EXAMPLES "/data/digits.csv";
  std::string curve;
};

using Tensors = std::map<std::string, Tensor>;  // by name

// ---- data

struct Digits {
  std::vector<double> images;  ///< 64 pixels each, from 0 to 1
  std::vector<std::int64_t> labels;
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(labels.size()); }
};

struct Split {
  Digits train, test;
};

/// Four of five digits to learn from, the others to test with, at random.
Split split(const Tensor& table, engine::Random random) {
  const std::int64_t count = table.shape()[0];
  const std::int64_t width = table.shape()[1];
  if (width != pixels + 1) throw std::runtime_error("a line of the data must have 64 pixels and a digit");
  const auto for_test = random.subset(count, count / 5);
  Split result;
  for (std::int64_t i = 0; i < count; ++i) {
    Digits& part = std::ranges::binary_search(for_test, i) ? result.test : result.train;
    for (std::int64_t k = 0; k < pixels; ++k) part.images.push_back(table.item(i * width + k) / 16);
    part.labels.push_back(static_cast<std::int64_t>(table.item(i * width + pixels)));
  }
  return result;
}

/// The images and the labels (as distributions) of some of the digits.
Tensors gathered(const Digits& digits, std::span<const std::int64_t> which) {
  std::vector<double> x;
  std::vector<double> t(which.size() * classes, 0);
  for (std::size_t row = 0; row < which.size(); ++row) {
    const auto first = digits.images.begin() + which[row] * pixels;
    x.insert(x.end(), first, first + pixels);
    t[row * classes + static_cast<std::size_t>(digits.labels[static_cast<std::size_t>(which[row])])] = 1;
  }
  const auto rows = static_cast<std::int64_t>(which.size());
  return {{"x", Tensor::from({rows, pixels}, x, DType::f64)}, {"t", Tensor::from({rows, classes}, t, DType::f64)}};
}

// ---- the network

std::map<std::string, std::int64_t> sizes_for(std::int64_t rows) {
  return {{"N", rows}, {"P", pixels}, {"H", hidden}, {"C", classes}};
}

/// What descends: everything but the data and the running statistics.
std::vector<std::string> parameters_of(const Layer& layer) {
  std::vector<std::string> names;
  for (const auto& tensor : layer.tensors)
    if (tensor.name != "x" && tensor.name != "t" && !tensor.name.starts_with("running_")) names.push_back(tensor.name);
  return names;
}

/// Weights as He et al. draw them ("Delving Deep into Rectifiers", 2015); scales and variances 1, all else 0.
Tensors initial(const Layer& layer, engine::Random random) {
  Tensors state;
  for (const auto& tensor : layer.tensors) {
    if (tensor.name == "x" || tensor.name == "t") continue;
    engine::Shape shape;
    for (const std::string& size : tensor.sizes) shape.push_back(sizes_for(batch).at(size));
    const bool is_one = tensor.name == "gamma" || tensor.name == "running_var";
    Tensor value = Tensor::full(shape, is_one ? 1 : 0, DType::f64);
    if (shape.size() == 2) {
      const double deviation = std::sqrt(2 / static_cast<double>(shape[0]));
      for (std::int64_t k = 0; k < value.size(); ++k) value.set_item(k, deviation * random.normal());
    }
    state.emplace(tensor.name, value);
  }
  return state;
}

/// From a batch and the network's state to the loss, the new running statistics, and the gradients `dV`, `db`, …
class Step {
 public:
  virtual ~Step() = default;
  virtual Tensors operator()(const Tensors& inputs) = 0;
};

/// The layer recorded anew each time, and swept backwards.
class TapeStep final : public Step {
 public:
  explicit TapeStep(const Layer& layer) : layer_(layer) {}
  Tensors operator()(const Tensors& inputs) override {
    engine::Tape tape;
    const auto nodes = lower::lower(tape, layer_, {DType::f64, sizes_for(batch), inputs, {}}).nodes;
    Tensors results{{"loss", tape.value(nodes.at("loss"))}};
    for (const std::string& name : layer_.auxiliary_outputs) results.emplace(name, tape.value(nodes.at(name)));
    const auto names = parameters_of(layer_);
    std::vector<NodeId> parameters;
    for (const std::string& name : names) parameters.push_back(nodes.at(name));
    const auto gradients = engine::gradient(tape, nodes.at("loss"), parameters);
    for (std::size_t k = 0; k < names.size(); ++k) results.emplace("d" + names[k], gradients[k]);
    return results;
  }

 private:
  const Layer& layer_;
};

/// The layer and its gradients recorded once and compiled.
class PlanStep final : public Step {
 public:
  /// The gradients are the tape's, or those of `derivation`.
  PlanStep(const Layer& layer, const Tensors& inputs, const derive::Derivation* derivation) {
    engine::Tape tape;
    auto recorded = lower::lower(tape, layer, {DType::f64, sizes_for(batch), inputs, {}});
    const NodeId loss = recorded.nodes.at("loss");
    results_ = layer.auxiliary_outputs;
    results_.emplace_back("loss");
    const auto parameters = parameters_of(layer);
    for (const std::string& name : parameters) results_.push_back("d" + name);
    if (derivation != nullptr) {
      lower::add_input(tape, "dloss", {}, Tensor::full({}, 1, DType::f64), recorded);
      for (const auto& formula : derivation->program()) lower::lower_formula(tape, formula, recorded);
    } else {
      std::vector<NodeId> nodes;
      for (const std::string& name : parameters) nodes.push_back(recorded.nodes.at(name));
      const std::array upstream{std::pair{loss, tape.constant(1, DType::f64)}};
      const auto gradients = tape.record_backward(upstream, nodes);
      for (std::size_t k = 0; k < nodes.size(); ++k) recorded.nodes["d" + parameters[k]] = gradients[k];
    }
    std::vector<NodeId> from;
    std::vector<NodeId> to;
    for (const auto& [name, value] : inputs) {
      inputs_.push_back(name);
      from.push_back(recorded.nodes.at(name));
    }
    for (const std::string& name : results_) to.push_back(recorded.nodes.at(name));
    plan_ = std::make_unique<engine::Plan>(tape, from, to);
  }

  Tensors operator()(const Tensors& inputs) override {
    std::vector<Tensor> values;
    for (const std::string& name : inputs_) values.push_back(inputs.at(name));
    const auto computed = plan_->run(values);
    Tensors results;
    for (std::size_t k = 0; k < results_.size(); ++k) results.emplace(results_[k], computed[k]);
    return results;
  }

 private:
  std::vector<std::string> inputs_, results_;
  std::unique_ptr<engine::Plan> plan_;
};

// ---- training

struct Training {
  std::string name;
  std::vector<double> losses;  ///< of every step
  double accuracy = 0;         ///< on the test digits
};

double accuracy(const Layer& inference, const Tensors& state, const Digits& digits) {
  std::vector<std::int64_t> all(digits.labels.size());
  std::iota(all.begin(), all.end(), 0);
  Tensors inputs;
  for (const auto& tensor : inference.tensors)
    if (const auto found = state.find(tensor.name); found != state.end()) inputs.insert(*found);
  inputs["x"] = gathered(digits, all).at("x");
  engine::Tape tape;
  const auto nodes = lower::lower(tape, inference, {DType::f64, sizes_for(digits.size()), inputs, {}}).nodes;
  const std::vector<double> s = tape.value(nodes.at("s")).to_vector();
  std::int64_t right = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto row = s.begin() + static_cast<std::ptrdiff_t>(i) * classes;
    if (std::max_element(row, row + classes) - row == digits.labels[i]) ++right;
  }
  return static_cast<double>(right) / static_cast<double>(digits.size());
}

/// v ← momentum·v + gradient, p ← p − rate·v.
void descend(Tensor& parameter, Tensor& velocity, const Tensor& gradient) {
  const Tensor g = gradient.contiguous();
  for (std::int64_t k = 0; k < parameter.size(); ++k) {
    double& v = velocity.data<double>()[k];
    v = momentum * v + g.data<double>()[k];
    parameter.data<double>()[k] -= rate * v;
  }
}

void show_progress(const std::string& name, int epoch, int epochs, double loss) {
  if (isatty(STDERR_FILENO) == 0) return;
  const int done = 30 * epoch / epochs;
  fmt::print(stderr, "\r{:<30} [{:#<{}}{:.<{}}] epoch {}/{}, loss {:.4f} ", name, "", done, "", 30 - done, epoch,
             epochs, loss);
  if (epoch == epochs) fmt::print(stderr, "\r\033[K");
}

Training train(const std::string& name, Step& step, Tensors state, const Layer& layer, const Layer& inference,
               const Split& data, const Options& options) {
  Training training{name, {}, 0};
  Tensors velocities;
  for (const std::string& parameter : parameters_of(layer)) {
    state.at(parameter) = state.at(parameter).copy();
    velocities.emplace(parameter, Tensor::zeros(state.at(parameter).shape(), DType::f64));
  }
  engine::Random random(engine::mixed(options.seed, 3));
  std::vector<std::int64_t> order(data.train.labels.size());
  std::iota(order.begin(), order.end(), 0);
  for (int epoch = 1; epoch <= options.epochs; ++epoch) {
    for (std::size_t k = order.size(); k > 1; --k)
      std::swap(order[k - 1], order[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(k)))]);
    // What does not fill a batch waits for the next epoch.
    for (std::size_t first = 0; first + batch <= order.size(); first += batch) {
      Tensors inputs = gathered(data.train, std::span(order).subspan(first, batch));
      inputs.insert(state.begin(), state.end());
      const Tensors results = step(inputs);
      training.losses.push_back(results.at("loss").item());
      for (auto& [parameter, velocity] : velocities)
        descend(state.at(parameter), velocity, results.at("d" + parameter));
      for (const std::string& statistic : layer.auxiliary_outputs)  // new_mean becomes running_mean
        state.at("running" + statistic.substr(3)) = results.at(statistic).copy();
    }
    show_progress(name, epoch, options.epochs, training.losses.back());
  }
  training.accuracy = accuracy(inference, state, data.test);
  return training;
}

/// A network trained on all roads, from the same weights and with the same batches.
std::vector<Training> train_on_all_roads(const std::string& name, const Layer& layer, const Layer& inference,
                                         const Split& data, const Options& options) {
  const Tensors state = initial(layer, engine::Random(engine::mixed(options.seed, 2)));
  std::vector<std::int64_t> any(batch, 0);
  Tensors inputs = gathered(data.train, any);
  inputs.insert(state.begin(), state.end());
  const derive::Derivation derivation = check::verified_derivation(layer);
  TapeStep tape(layer);
  PlanStep plan(layer, inputs, nullptr);
  PlanStep derived(layer, inputs, &derivation);
  std::vector<Training> trainings;
  for (const auto& [road, step] :
       {std::pair<const char*, Step*>{"tape", &tape}, {"plan", &plan}, {"derived", &derived}})
    trainings.push_back(train(fmt::format("{}, {}", name, road), *step, state, layer, inference, data, options));
  return trainings;
}

// ---- what is shown

/// The mean over each epoch.
std::vector<double> by_epoch(const std::vector<double>& losses, int epochs) {
  std::vector<double> means;
  const std::size_t steps = losses.size() / static_cast<std::size_t>(epochs);
  for (auto first = losses.begin(); first != losses.end(); first += static_cast<std::ptrdiff_t>(steps))
    means.push_back(std::accumulate(first, first + static_cast<std::ptrdiff_t>(steps), 0.0) /
                    static_cast<double>(steps));
  return means;
}

double largest_difference(const std::vector<Training>& trainings) {
  double largest = 0;
  for (const Training& training : trainings)
    for (std::size_t k = 0; k < training.losses.size(); ++k) {
      const double apart = std::abs(training.losses[k] - trainings.front().losses[k]);
      largest = std::isnan(apart) ? std::numeric_limits<double>::infinity() : std::max(largest, apart);
    }
  return largest;
}

void show(const std::vector<Training>& trainings, const Options& options) {
  for (const Training& training : trainings)
    fmt::print("{:<34} {:>9.5f} {:>9.1f} %\n", training.name, by_epoch(training.losses, options.epochs).back(),
               100 * training.accuracy);
  constexpr double rounding = 1e-9;
  const double difference = largest_difference(trainings);
  fmt::print("  the roads' losses agree to {}, step for step, over {} steps\n\n",
             difference <= rounding ? fmt::format("{:.0e}", rounding) : fmt::format("no more than {:.1e}", difference),
             trainings.front().losses.size());
}

Options parsed(int argc, char** argv) {
  Options options;
  for (int k = 1; k < argc; k += 2) {
    const std::string name = argv[k];
    if (k + 1 == argc) throw std::runtime_error("expected a value after '" + name + "'");
    const std::string value = argv[k + 1];
    if (name == "--seed") {
      options.seed = std::stoull(value);
    } else if (name == "--epochs") {
      options.epochs = std::max(1, std::stoi(value));
    } else if (name == "--layers") {
      options.layers = value;
    } else if (name == "--data") {
      options.data = value;
    } else if (name == "--curve") {
      options.curve = value;
    } else {
      throw std::runtime_error("there is no option '" + name + "'");
    }
  }
  return options;
}

void run(const Options& options) {
  const Split data = split(engine::read_csv(options.data), engine::Random(engine::mixed(options.seed, 1)));
  std::ifstream file(options.layers);
  const auto layers = notation::load_layers({std::istreambuf_iterator<char>(file), {}}, options.layers);
  const auto layer = [&](const std::string& name) -> const Layer& {
    const auto found = std::ranges::find(layers, name, &Layer::name);
    if (found == layers.end()) throw std::runtime_error("there is no layer '" + name + "' in " + options.layers);
    return *found;
  };
  fmt::print("{} digits to learn from, {} to test with; seed {}, {} epochs\n\n", data.train.size(), data.test.size(),
             options.seed, options.epochs);
  fmt::print("{:<34} {:>9} {:>11}\n", "", "last loss", "accuracy");
  const auto with =
      train_on_all_roads("with batch normalization", layer("digits"), layer("digits_inference"), data, options);
  show(with, options);
  const auto without =
      train_on_all_roads("without", layer("plain_digits"), layer("plain_digits_inference"), data, options);
  show(without, options);
  if (options.curve.empty()) return;
  const auto epochs = numbered_places(std::max<std::size_t>(2, static_cast<std::size_t>(options.epochs)));
  engine::write_file_atomically(options.curve,
                                line_chart("Loss on the digits that are learnt from", "epoch", "mean loss", epochs,
                                           {{"with batch normalization", by_epoch(with.front().losses, options.epochs)},
                                            {"without", by_epoch(without.front().losses, options.epochs)}}));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(parsed(argc, argv));
  } catch (const std::exception& error) {
    fmt::print(stderr, "train_digits: error: {}\n", error.what());
    return 2;
  }
}
