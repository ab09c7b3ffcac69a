// One harness for every op of the registry: an op that lacks a gradient check, a LaTeX form, a derivative text or a row
// in docs/ops.md fails.
#include <array>
#include <fstream>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "engine/tape/derivatives.hpp"
#include "engine/tape/recorded.hpp"
#include "engine/tensor/scalar.hpp"
#include "engine/tensor/tensor_functions.hpp"
#include "tests/catch.hpp"
#include "tests/engine/derivative_text.hpp"
#include "tests/engine/samples.hpp"

namespace chalktape::engine {
namespace {

// Operands and attributes to try an op on.
struct Sample {
  std::vector<Tensor> operands;
  Attributes attributes;
};

bool is_elementwise(const Op& op) {
  return op.kind == OpKind::unary_function || op.kind == OpKind::unary_atom || op.kind == OpKind::binary;
}

bool fits(const Op& op, const Sample& sample) {
  if (static_cast<int>(sample.operands.size()) != op.arity) return false;
  std::vector<Shape> shapes;
  for (const Tensor& operand : sample.operands) shapes.push_back(operand.shape());
  try {
    const Shape shape = op.result_shape(shapes, sample.attributes);
    return op.forward(sample.operands, sample.attributes).shape() == shape;
  } catch (const Error&) {
    return false;  // attributes of another kind of op
  }
}

std::vector<Sample> samples_of(const Op& op) {
  Samples random(7);
  const auto draw = [&](const Shape& shape, std::size_t position) { return random.tensor(shape, op.domain[position]); };
  std::vector<Sample> all;
  const std::vector<Attributes> attributes{NoAttributes{},
                                           ConstantExponent{3},
                                           ConstantExponent{-1.5},
                                           ConstantExponent{0},
                                           Reduction{{0}, false},
                                           Reduction{{1}, true},
                                           Reduction{{0, 2}, false},
                                           Reduction{{0, 1, 2}, true},
                                           Permutation{{2, 0, 1}},
                                           TargetShape{{3, 4}},
                                           TargetShape{{5, 2, 2, 3}},
                                           TargetShape{{2, 2, 3}},
                                           DiagonalAxes{0, 1},
                                           DiagonalAxes{1, 2},
                                           ContractionPattern{"ab,bc->ac"},
                                           ContractionPattern{"ab,ab->b"},
                                           ContractionPattern{"abc,abc->"},
                                           ContractionPattern{"ab,cb->ca"},
                                           ContractionPattern{"abc,acd->dab"}};
  const std::vector<std::vector<Shape>> unary{{{2, 2, 3}}, {{2, 1, 3}}, {{3, 3}}, {{}}};
  const std::vector<std::vector<Shape>> binary{{{2, 3}, {2, 3}},       {{2, 3}, {3}},         {{2, 1}, {1, 3}},
                                               {{}, {2, 2}},           {{2, 3}, {3, 4}},      {{2, 3}, {4, 3}},
                                               {{2, 2, 3}, {2, 2, 3}}, {{2, 2, 3}, {2, 3, 2}}};
  for (const Attributes& attribute : attributes) {
    for (const std::vector<Shape>& shapes : op.arity == 1 ? unary : binary) {
      Sample sample{{}, attribute};
      for (std::size_t k = 0; k < shapes.size(); ++k) sample.operands.push_back(draw(shapes[k], k));
      const bool takes_none = is_elementwise(op) && op.name != "power_constant";
      if (takes_none != std::holds_alternative<NoAttributes>(attribute)) continue;
      if (fits(op, sample)) all.push_back(sample);
    }
  }
  // The declared points, ill-conditioned ones included.
  const auto arity = static_cast<std::size_t>(op.arity);
  const auto count = static_cast<std::int64_t>(op.points.size() / arity);
  if (is_elementwise(op)) {
    Sample declared{{}, op.name == "power_constant" ? Attributes(ConstantExponent{3}) : NoAttributes{}};
    for (std::size_t k = 0; k < arity; ++k) {
      Tensor operand = Tensor::zeros({count}, DType::f64);
      for (std::int64_t i = 0; i < count; ++i) operand.set_item(i, op.points[static_cast<std::size_t>(i) * arity + k]);
      declared.operands.push_back(operand);
    }
    all.push_back(declared);
  }
  return all;
}

struct RecordedSample {
  Tape tape;
  std::vector<NodeId> operands;
  NodeId result;
  Tensor upstream;
};

RecordedSample record(const Op& op, const Sample& sample) {
  RecordedSample recorded;
  for (const Tensor& operand : sample.operands) recorded.operands.push_back(recorded.tape.input("x", operand));
  recorded.result = recorded.tape.apply(op, recorded.operands, sample.attributes);
  recorded.upstream = Samples(11).tensor(recorded.tape.shape(recorded.result), {0.5, 1.5});
  return recorded;
}

TEST_CASE("every op describes itself") {
  std::set<std::string_view> names;
  for (const Op& op : all_ops()) {
    INFO(op.name);
    CHECK(names.insert(op.name).second);
    CHECK(find_op(op.name) == &op);
    CHECK(op.latex.find("#1") != std::string_view::npos);
    CHECK((op.arity == 1 || op.latex.find("#2") != std::string_view::npos));
    for (int k = 0; k < op.arity; ++k) CHECK_FALSE(op.derivative[static_cast<std::size_t>(k)].empty());
    CHECK((!is_elementwise(op) || op.points.size() >= 3 * static_cast<std::size_t>(op.arity)));
    CHECK((op.kind != OpKind::unary_function || !op.function.empty()));
  }
  CHECK(find_op("nothing") == nullptr);
  CHECK_THROWS_WITH(op_named("nothing"), "no op is called 'nothing'");
}

TEST_CASE("every op has its row in docs/ops.md") {
  std::ifstream file("docs/ops.md");
  const std::string page(std::istreambuf_iterator<char>(file), {});
  for (const Op& op : all_ops()) {
    INFO(op.name);
    CHECK(page.find(fmt::format("\n| `{}` | $", op.name)) != std::string::npos);
  }
}

// A function gets its overload for Recorded when a pullback calls it.
TEST_CASE("formulas can record every atom, every reduction and the functions that pullbacks call") {
  Tape tape;
  const Recorded x(tape, tape.input("x", Tensor::full({2, 3}, 0.5, DType::f64)));
  const Reduction rows{{1}, true};
  std::set<std::string_view> recorded;
  const std::vector<Recorded> formulas{exp(x),
                                       log(x),
                                       sqrt(x),
                                       abs(x),
                                       sin(x),
                                       cos(x),
                                       tanh(x),
                                       sigmoid(x),
                                       relu(x),
                                       step(x),
                                       erf(x),
                                       softplus(x),
                                       stop_gradient(x),
                                       -x,
                                       square(x),
                                       power(x, -1),
                                       power(x, 3),
                                       x + x,
                                       x - x,
                                       x * x,
                                       x / x,
                                       pow(x, x),
                                       maximum(x, x),
                                       minimum(x, x),
                                       sum(x, rows),
                                       mean(x, rows),
                                       max(x, rows),
                                       min(x, rows)};
  for (const Recorded& y : formulas) recorded.insert(tape.graph()[y.node()].op->name);
  CHECK(recorded.size() == formulas.size());  // each is an op of its own
  for (const Op& op : all_ops()) {
    if (op.kind == OpKind::unary_function || op.kind == OpKind::movement || op.kind == OpKind::contraction) continue;
    INFO(op.name);
    CHECK(recorded.contains(op.name));
  }
}

TEST_CASE("the language's functions are ops") {
  for (const std::string_view function :
       {"exp", "log", "sqrt", "abs", "sin", "cos", "tanh", "sigmoid", "relu", "step", "erf", "softplus", "stop"}) {
    INFO(function);
    REQUIRE(find_function(function, 1) != nullptr);
    CHECK(find_function(function, 2) == nullptr);
  }
  CHECK(find_function("max", 2) == find_op("maximum"));
  CHECK(find_function("min", 2) == find_op("minimum"));
  CHECK(find_function("max", 1) == nullptr);
  CHECK(find_function("", 1) == nullptr);
}

TEST_CASE("every op's gradient agrees with central differences") {
  for (const Op& op : all_ops()) {
    const std::vector<Sample> samples = samples_of(op);
    INFO(op.name);
    REQUIRE_FALSE(samples.empty());
    for (const Sample& sample : samples) {
      RecordedSample r = record(op, sample);
      const std::array upstream{std::pair{r.result, r.upstream}};
      // Every op that does not pass gradients has slope 0 away from kinks, except stop_gradient, which is frozen.
      const GradCheck check = grad_check(r.tape, upstream, r.operands);
      INFO(to_text(sample.attributes) << " " << check.to_text(r.tape.graph()));
      CHECK(check.worst < 1e-6);
    }
  }
}

TEST_CASE("every op's recorded backward gives the same numbers, and can be differentiated again") {
  for (const Op& op : all_ops()) {
    if (!op.passes_gradient) continue;
    for (const Sample& sample : samples_of(op)) {
      RecordedSample r = record(op, sample);
      const Gradients numbers = r.tape.backward(std::array{std::pair{r.result, r.upstream}}, r.operands);
      const NodeId upstream = r.tape.input("g", r.upstream);
      const std::vector<NodeId> nodes = r.tape.record_backward(std::array{std::pair{r.result, upstream}}, r.operands);
      std::vector<std::pair<NodeId, Tensor>> second;
      for (std::size_t k = 0; k < nodes.size(); ++k) {
        REQUIRE(r.tape.shape(nodes[k]) == sample.operands[k].shape());
        for (std::int64_t i = 0; i < sample.operands[k].size(); ++i) {
          INFO(op.name << " " << to_text(sample.attributes) << " operand " << k << " entry " << i);
          CHECK(disagreement(r.tape.value(nodes[k]).item(i), numbers.of(r.operands[k]).item(i)) < 1e-14);
        }
        second.emplace_back(nodes[k], Samples(13).tensor(r.tape.shape(nodes[k]), {0.5, 1.5}));
      }
      std::vector<NodeId> inputs = r.operands;
      inputs.push_back(upstream);
      const GradCheck check = grad_check(r.tape, second, inputs);
      INFO(op.name << " " << to_text(sample.attributes) << " " << check.to_text(r.tape.graph()));
      CHECK(check.worst < 1e-6);
    }
  }
}

TEST_CASE("every op works in f32") {
  for (const Op& op : all_ops()) {
    for (const Sample& sample : samples_of(op)) {
      std::vector<Tensor> narrow;
      std::vector<Tensor> wide;  // of the rounded operands
      for (const Tensor& operand : sample.operands) {
        narrow.push_back(operand.to(DType::f32));
        wide.push_back(narrow.back().to(DType::f64));
      }
      const Tensor y32 = op.forward(narrow, sample.attributes);
      const Tensor y64 = op.forward(wide, sample.attributes);
      const Tensor g = Samples(11).tensor(y32.shape(), {0.5, 1.5}, DType::f32);
      REQUIRE(y32.dtype() == DType::f32);
      for (std::int64_t i = 0; i < y32.size(); ++i) {
        INFO(op.name << " entry " << i);
        CHECK(disagreement(y32.item(i), y64.item(i)) < 1e-6);
      }
      for (int k = 0; k < op.arity; ++k) {
        const Tensor d32 = op.pullback(g, narrow, y32, k, sample.attributes);
        const Tensor d64 = op.pullback(g.to(DType::f64), wide, y64, k, sample.attributes);
        REQUIRE(d32.dtype() == DType::f32);
        for (std::int64_t i = 0; i < d32.size(); ++i) {
          INFO(op.name << " operand " << k << " entry " << i);
          CHECK(disagreement(d32.item(i), d64.item(i)) < 1e-6);
        }
      }
    }
  }
}

// A broadcast operand's contribution is a sum of slopes, not one.
bool is_broadcast(const Sample& sample) { return sample.operands.front().shape() != sample.operands.back().shape(); }

void check_derivative_text(const Op& op, const Sample& sample, int position) {
  const auto* exponent = std::get_if<ConstantExponent>(&sample.attributes);
  const double c = exponent != nullptr ? exponent->exponent : 0;
  const std::string_view text = op.derivative[static_cast<std::size_t>(position)];
  const Tensor y = op.forward(sample.operands, sample.attributes);
  const Tensor one = Tensor::full(y.shape(), 1, DType::f64);
  const Tensor slopes = op.pullback(one, sample.operands, y, position, sample.attributes);
  for (std::int64_t i = 0; i < y.size(); ++i) {
    const double a = sample.operands.front().item(i);
    const double b = sample.operands.back().item(i);
    const std::map<std::string, double> names =
        op.arity == 1 ? std::map<std::string, double>{{"x", a}, {"y", y.item(i)}, {"c", c}}
                      : std::map<std::string, double>{{"a", a}, {"b", b}, {"y", y.item(i)}};
    INFO(op.name << ": " << text << " at " << a << ", " << b);
    CHECK(disagreement(slopes.item(i), DerivativeText(text, names).value()) < 1e-13);
  }
}

TEST_CASE("derivative texts say what the pullbacks compute") {
  for (const Op& op : all_ops()) {
    if (!is_elementwise(op)) continue;
    for (const Sample& sample : samples_of(op)) {
      if (is_broadcast(sample)) continue;
      for (int position = 0; position < op.arity; ++position) check_derivative_text(op, sample, position);
    }
  }
}

double slope(std::string_view function, double x) {
  Tape tape;
  const NodeId input = tape.input("x", Tensor::full({}, x, DType::f64));
  const NodeId y = call(tape, function, std::array{input});
  return gradient(tape, y, std::array{input}, NoPath::zero).front().item();
}

TEST_CASE("at kinks") {
  CHECK(slope("abs", 0) == 0);
  CHECK(slope("relu", 0) == 0);
  CHECK(slope("step", 0) == 0);
  CHECK(step(0.0) == 0);

  Tape tape;
  const NodeId a = tape.input("a", Tensor::from({3}, std::array{1.0, 2.0, 3.0}, DType::f64));
  const NodeId b = tape.input("b", Tensor::from({3}, std::array{1.0, 3.0, 2.0}, DType::f64));
  const Tensor ones = Tensor::full({3}, 1, DType::f64);
  for (const auto& [function, of_a] : {std::pair{"max", std::vector{0.5, 0.0, 1.0}}, {"min", {0.5, 1.0, 0.0}}}) {
    const NodeId y = call(tape, function, std::array{a, b});
    const Gradients gradients = tape.backward(std::array{std::pair{y, ones}}, std::array{a, b});
    CHECK(gradients.of(a).to_vector() == of_a);
    CHECK(gradients.of(b).to_vector() == (ones - Tensor::from({3}, of_a, DType::f64)).to_vector());
  }
  const NodeId x = tape.input("x", Tensor::from({2, 3}, std::array{5.0, 1.0, 5.0, 2.0, 2.0, 2.0}, DType::f64));
  const NodeId top = reduce(tape, "max", x, {1});
  const Tensor g = Tensor::from({2}, std::array{6.0, 6.0}, DType::f64);
  CHECK(tape.backward(std::array{std::pair{top, g}}, std::array{x}).of(x).to_vector() ==
        std::vector<double>{3, 0, 3, 2, 2, 2});
}

TEST_CASE("functions keep their digits and do not overflow") {
  CHECK(sigmoid(-800.0) == 0);
  CHECK(sigmoid(800.0) == 1);
  CHECK(sigmoid(-30.0f) == Approx(9.357623e-14).epsilon(1e-6));
  CHECK(softplus(800.0) == 800);
  CHECK(softplus(-30.0) == Approx(9.357622968839737e-14).epsilon(1e-14));
  const double nan = std::nan("");
  CHECK(std::isnan(relu(nan)));
  CHECK(std::isnan(step(nan)));
}

}  // namespace
}  // namespace chalktape::engine
