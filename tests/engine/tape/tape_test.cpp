#include <array>
#include <memory>

#include "engine/tape/derivatives.hpp"
#include "engine/tape/recorded.hpp"
#include "tests/catch.hpp"
#include "tests/engine/samples.hpp"

namespace chalktape::engine {
namespace {

// Batch norm as a graph of atoms: the layer that the project began with.
struct BatchNorm {
  Tape tape;
  NodeId x, gamma, beta, mu, centred, var, istd, xhat, y;

  BatchNorm(const Tensor& x_value, const Tensor& gamma_value, const Tensor& beta_value, double eps) {
    x = tape.input("x", x_value);
    gamma = tape.input("gamma", gamma_value);
    beta = tape.input("beta", beta_value);
    mu = reduce(tape, "mean", x, {0});
    centred = subtract(tape, x, mu);
    var = reduce(tape, "mean", power(tape, centred, 2.0), {0});
    istd = power(tape, add(tape, var, tape.constant(eps, x_value.dtype())), -0.5);
    xhat = multiply(tape, subtract(tape, x, mu), istd);
    y = add(tape, multiply(tape, gamma, xhat), beta);
    tape.set_name(mu, "mu");
    tape.set_name(xhat, "xhat");
  }
};

BatchNorm sample_batch_norm(Interval domain = {}) {
  Samples random(1);
  return {random.tensor({5, 3}, domain), random.tensor({3}), random.tensor({3}), 1e-5};
}

TEST_CASE("the same op on the same operands is one node") {
  const BatchNorm layer = sample_batch_norm();
  Tape tape = layer.tape;
  const std::size_t before = tape.size();
  CHECK(subtract(tape, layer.x, layer.mu) == layer.centred);
  CHECK(tape.constant(1e-5, DType::f64) == tape.constant(1e-5, DType::f64));
  CHECK(tape.size() == before);
  CHECK(reduce(tape, "sum", layer.x, {-1}) == reduce(tape, "sum", layer.x, {1}));
  CHECK(reduce(tape, "sum", layer.x, {1}) != reduce(tape, "sum", layer.x, {1}, true));
  CHECK(subtract(tape, layer.mu, layer.x) != layer.centred);
  CHECK(tape.constant(0.0, DType::f64) != tape.constant(-0.0, DType::f64));
  CHECK(tape.constant(1, DType::f64) != tape.constant(1, DType::f32));
  CHECK(power(tape, layer.x, 3.0) != power(tape, layer.x, 3.0000000000000004));
  CHECK(contract(tape, layer.x, layer.x, "ij,kj->ik") == contract(tape, layer.x, layer.x, "pq,rq->pr"));
  CHECK(tape.input("a", Tensor()) != tape.input("a", Tensor()));
}

TEST_CASE("names stay as first given") {
  Tape tape;
  const NodeId x = tape.input("x", Tensor());
  const NodeId y = call(tape, "exp", std::array{x});
  CHECK(display_name(tape.graph(), y) == "v1");
  tape.set_name(y, "e");
  tape.set_name(y, "f");
  CHECK(display_name(tape.graph(), y) == "e");
  CHECK(display_name(tape.graph(), tape.constant(0.5, DType::f32)) == "0.5");
  tape.set_name(call(tape, "exp", std::array{y}), "v4");
  CHECK(display_name(tape.graph(), negate(tape, y)) == "v4'");
}

TEST_CASE("plain powers become plain ops") {
  Tape tape;
  const NodeId x = tape.input("x", Tensor::full({2}, 4, DType::f64));
  const auto op = [&](double exponent) { return tape.graph()[power(tape, x, exponent)].op->name; };
  CHECK(power(tape, x, 1.0) == x);
  CHECK(op(2) == "square");
  CHECK(op(-1) == "reciprocal");
  CHECK(op(0.5) == "sqrt");
  CHECK(op(-0.5) == "power_constant");
  CHECK(tape.value(power(tape, x, -0.5)).item() == 0.5);
}

TEST_CASE("batch norm's gradients agree with central differences, intermediates' too") {
  const BatchNorm layer = sample_batch_norm();
  const std::array upstream{std::pair{layer.y, Samples(2).tensor({5, 3})}};
  const GradCheck check = grad_check(layer.tape, upstream, std::array{layer.x, layer.gamma, layer.beta});
  INFO(check.to_text(layer.tape.graph()));
  CHECK(check.worst < 1e-8);
  // dxhat = γ dy, and dx gathers all three roads.
  const Gradients gradients = layer.tape.backward(upstream, std::array{layer.xhat, layer.mu});
  for (std::int64_t i = 0; i < 15; ++i) {
    CHECK(gradients.of(layer.xhat).item(i) ==
          Approx(upstream[0].second.item(i) * layer.tape.value(layer.gamma).item(i % 3)));
  }
  CHECK_THROWS_WITH(gradients.of(layer.x), "the gradient of node 0 was not asked for");
}

TEST_CASE("a mean far from zero does not spoil the tape's gradient in f64") {
  const BatchNorm layer = sample_batch_norm({1000, 1001});
  const std::array upstream{std::pair{layer.y, Samples(2).tensor({5, 3})}};
  // A step of about 6e-6, although the entries are 1000: the layer's own scale is the spread.
  const GradCheck check = grad_check(layer.tape, upstream, std::array{layer.x, layer.gamma, layer.beta}, 1e-8);
  INFO(check.to_text(layer.tape.graph()));
  CHECK(check.worst < 1e-6);
}

struct Log : BackwardObserver {
  std::vector<std::string> lines;
  const Graph* graph = nullptr;
  void on_contribution(const Contribution& c) override {
    CHECK(c.contribution.shape() == (*graph)[c.operand].shape);
    CHECK(c.cotangent.shape() == (*graph)[c.node].shape);
    lines.push_back(display_name(*graph, c.node) + "[" + std::to_string(c.position) + "] -> " +
                    display_name(*graph, c.operand));
  }
  void on_complete(NodeId node, const Tensor& cotangent) override {
    lines.push_back(display_name(*graph, node) + " complete " + std::to_string(static_cast<int>(cotangent.item())));
  }
};

TEST_CASE("the observer sees the sweep, which goes only where it must") {
  Tape tape;
  const NodeId x = tape.input("x", Tensor::full({}, 3, DType::f64));
  const NodeId t = tape.input("t", Tensor::full({}, 5, DType::f64));
  const NodeId square = multiply(tape, x, x);
  const NodeId product = multiply(tape, square, t);
  const NodeId unused = call(tape, "exp", std::array{product});
  tape.set_name(square, "q");
  tape.set_name(product, "p");
  tape.set_name(unused, "unused");
  const std::array upstream{std::pair{product, Tensor::full({}, 1, DType::f64)}};
  Log log;
  log.graph = &tape.graph();
  CHECK(tape.backward(upstream, std::array{x}, &log).of(x).item() == 30);
  // t's contribution is not computed, and both of x's edges into x·x count.
  CHECK(log.lines == std::vector<std::string>{"p complete 1", "p[0] -> q", "q complete 5", "q[0] -> x", "q[1] -> x",
                                              "x complete 30"});
  CHECK(backward_order(tape.graph(), std::array{product}, std::array{x}) == std::vector<NodeId>{product, square, x});
  CHECK(backward_order(tape.graph(), std::array{square}, std::array{t}).empty());
}

TEST_CASE("several outputs, an output read further on, and no path") {
  Tape tape;
  const NodeId x = tape.input("x", Tensor::full({2}, 2, DType::f64));
  const NodeId other = tape.input("other", Tensor::full({2}, 2, DType::f64));
  const NodeId p = power(tape, x, 2.0);
  const NodeId r = power(tape, p, 3.0);
  const Tensor one = Tensor::full({2}, 1, DType::f64);
  const std::array upstream{std::pair{p, one}, std::pair{r, one}};
  const Gradients gradients = tape.backward(upstream, std::array{x, p, other}, nullptr, NoPath::zero);
  CHECK(gradients.of(p).to_vector() == std::vector<double>{49, 49});    // 1 + 3p²
  CHECK(gradients.of(x).to_vector() == std::vector<double>{196, 196});  // (1 + 3p²) 2x
  CHECK(gradients.of(other).to_vector() == std::vector<double>{0, 0});
  CHECK_THROWS_WITH(tape.backward(upstream, std::array{x, other}),
                    "backward: no gradient flows from 'v2', 'v3' to 'other' (2,): there is no path between them");
}

TEST_CASE("stop lets values through and no gradient") {
  Tape tape;
  const NodeId x = tape.input("x", Tensor::full({}, 3, DType::f64));
  const NodeId stopped = call(tape, "stop", std::array{x});
  const NodeId y = multiply(tape, x, stopped);
  CHECK(tape.value(y).item() == 9);
  CHECK_FALSE(tape.graph()[stopped].requires_grad);
  CHECK(tape.graph()[y].requires_grad);
  const std::array upstream{std::pair{y, Tensor::full({}, 1, DType::f64)}};
  CHECK(tape.backward(upstream, std::array{x}).of(x).item() == 3);
  CHECK(central_difference(tape, upstream, x).item() == Approx(3));
  const std::array replacement{std::pair{x, Tensor::full({}, 4, DType::f64)}};
  CHECK(tape.replay(replacement)[y].item() == 16);
  CHECK(tape.replay(replacement, Tape::Stops::freeze)[y].item() == 12);
}

TEST_CASE("replay gives what recording anew would") {
  const BatchNorm layer = sample_batch_norm();
  const Tensor x = Samples(9).tensor({5, 3});
  const BatchNorm anew(x, layer.tape.value(layer.gamma), layer.tape.value(layer.beta), 1e-5);
  const std::vector<Tensor> values = layer.tape.replay(std::array{std::pair{layer.x, x}});
  CHECK(values[layer.y].to_vector() == anew.tape.value(anew.y).to_vector());
  CHECK(values[layer.gamma].data<double>() == layer.tape.value(layer.gamma).data<double>());  // not copied
  CHECK_THROWS_WITH(layer.tape.replay(std::array{std::pair{layer.mu, Tensor()}}),
                    "replay: 'mu' is the result of an op");
  CHECK_THROWS_WITH(layer.tape.replay(std::array{std::pair{layer.x, Tensor()}}),
                    "replay: the new value of 'x' has shape () f64, not (5, 3) f64");
}

TEST_CASE("recorded backward gives second derivatives") {
  // f = Σ sin(x)·x²: f'' = (2 − x²) sin x + 4 x cos x.
  Tape tape;
  const NodeId node = tape.input("x", Tensor::from({3}, std::array{0.3, -1.0, 2.0}, DType::f64));
  const Recorded x(tape, node);
  const Recorded f = sum(sin(x) * x * x, {{0}, false});
  const NodeId one = tape.constant(1, DType::f64);
  const NodeId slope = tape.record_backward(std::array{std::pair{f.node(), one}}, std::array{node})[0];
  const std::array upstream{std::pair{slope, Tensor::full({3}, 1, DType::f64)}};
  const Tensor second = tape.backward(upstream, std::array{node}).of(node);
  for (std::int64_t i = 0; i < 3; ++i) {
    const double v = x.value().item(i);
    CHECK(second.item(i) == Approx((2 - v * v) * std::sin(v) + 4 * v * std::cos(v)).epsilon(1e-13));
  }
}

TEST_CASE("a gradient without a path is refused unless zeros are asked for") {
  Tape tape;
  const NodeId x = tape.input("x", Tensor::full({2}, 3, DType::f64));
  const NodeId y = call(tape, "step", std::array{power(tape, x, 2.0)});
  tape.set_name(y, "y");
  const std::array upstream{std::pair{y, Tensor::full({2}, 1, DType::f64)}};
  const std::string stopped =
      "backward: no gradient flows from 'y' to 'x' (2,): every path between them has an op that passes none "
      "(stop_gradient, step)";
  CHECK_THROWS_WITH(tape.backward(upstream, std::array{x}), stopped);
  CHECK_THROWS_WITH(vjp(tape, upstream, std::array{x}), stopped);
  CHECK_THROWS_WITH(jacobian(tape, y, x), stopped);
  const NodeId ones = tape.constant(Tensor::full({2}, 1, DType::f64));
  CHECK_THROWS_WITH(tape.record_backward(std::array{std::pair{y, ones}}, std::array{x}), stopped);
  CHECK(vjp(tape, upstream, std::array{x}, NoPath::zero)[0].to_vector() == std::vector<double>{0, 0});
  const auto recorded = tape.record_backward(std::array{std::pair{y, ones}}, std::array{x}, NoPath::zero);
  CHECK(tape.value(recorded[0]).to_vector() == std::vector<double>{0, 0});
}

TEST_CASE("Jacobians and Hessian-vector products") {
  // y = x², f = Σ y³ = Σ x⁶: ∂y/∂x = diag 2x, ∇f = 6x⁵, ∇²f = diag 30x⁴.
  Tape tape;
  const NodeId x = tape.input("x", Tensor::from({3}, std::array{1.0, -2.0, 0.5}, DType::f64));
  const NodeId c = tape.input("c", Tensor::full({}, 2, DType::f64));
  const NodeId y = power(tape, x, 2.0);
  const NodeId f = multiply(tape, c, reduce(tape, "sum", power(tape, y, 3.0), {0}));
  CHECK(jacobian(tape, y, x).to_vector() == std::vector<double>{2, 0, 0, 0, -4, 0, 0, 0, 1});
  CHECK(jacobian(tape, y, x).shape() == Shape{3, 3});
  CHECK(gradient(tape, f, std::array{x})[0].to_vector() == std::vector<double>{12, -384, 0.375});
  const Tensor v = Tensor::from({3}, std::array{1.0, 10.0, 2.0}, DType::f64);
  const std::array directions{v, Tensor::full({}, 3, DType::f64)};
  // H v = 2·30x⁴v + 6x⁵·3 for x, and for c: Σ 6x⁵ v.
  const std::vector<Tensor> products = hvp(tape, f, std::array{x, c}, directions);
  CHECK(products[0].to_vector() == std::vector<double>{60 + 18, 9600 - 576, 7.5 + 0.5625});
  CHECK(products[1].item() == 6 - 1920 + 0.375);
  // f is linear in c: the second derivative is zero, though no path leads there.
  CHECK(hvp(tape, f, std::array{c}, std::array{Tensor::full({}, 1, DType::f64)})[0].item() == 0);

  CHECK_THROWS_WITH(gradient(tape, y, std::array{x}), "gradient: 'v2' of shape (3,) is not a single number");
  CHECK_THROWS_WITH(hvp(tape, y, std::array{x}, std::array{v}), "hvp: 'v2' of shape (3,) is not a single number");
  CHECK_THROWS_WITH(hvp(tape, f, std::array{x, c}, std::array{v}), "hvp: 1 directions for 2 values");
  CHECK_THROWS_WITH(hvp(tape, f, std::array{c}, std::array{v}),
                    Catch::Matchers::Contains("has shape (3,) f64, not () f64"));
}

TEST_CASE("what was recorded goes with its tape, and ends with it") {
  auto tape = std::make_unique<Tape>();
  const Recorded x(*tape, tape->input("x", Tensor::full({}, 3, DType::f64)));
  const Recorded y = x * x;
  Tape moved = std::move(*tape);
  tape.reset();
  CHECK((&y.tape() == &moved && y.value().item() == 9));
  const Tape copy = moved;
  CHECK((y + x).value().item() == 12);
  CHECK(moved.size() == copy.size() + 1);
  moved = Tape();
  CHECK_THROWS_WITH(x * y, "multiply: v0 is used after its tape is gone");
  CHECK_THROWS_WITH(x + 1, "number: v0 is used after its tape is gone");
  CHECK_THROWS_WITH(exp(y), "exp: v1 is used after its tape is gone");
  CHECK_THROWS_WITH(sum(y, {{}, false}), "sum: v1 is used after its tape is gone");
  CHECK_THROWS_WITH(y.value(), "recorded value: v1 is used after its tape is gone");
}

TEST_CASE("the sweep works in place, and leaves alone what others hold") {
  // Gradients asked for in between, upstream gradients and forward values stay what they were, and an observer, which
  // sees each contribution by itself, changes no bit.
  Samples random(5);
  Tape tape;
  const NodeId x = tape.input("x", random.tensor({4, 3}));
  const NodeId w = tape.input("w", random.tensor({3}));
  const NodeId a = multiply(tape, x, w);
  const NodeId b = add(tape, multiply(tape, a, a), subtract(tape, x, a));
  const NodeId c = add(tape, call(tape, "exp", std::array{b}), multiply(tape, b, x));
  const std::array upstream{std::pair{c, random.tensor({4, 3})}, std::pair{b, random.tensor({4, 3})}};
  const std::vector<double> upstream_before = upstream[0].second.to_vector();
  std::vector<std::vector<double>> values_before;
  for (NodeId node = 0; node < tape.size(); ++node) values_before.push_back(tape.value(node).to_vector());
  const std::vector<NodeId> asked{x, w, a, b, c};
  BackwardObserver observer;
  const Gradients plain = tape.backward(upstream, asked);
  const Gradients observed = tape.backward(upstream, asked, &observer);
  for (const NodeId node : asked) {
    CHECK(plain.of(node).to_vector() == observed.of(node).to_vector());
    CHECK(plain.of(node).to_vector() == tape.backward(upstream, std::array{node}).of(node).to_vector());
  }
  CHECK(upstream[0].second.to_vector() == upstream_before);
  for (NodeId node = 0; node < tape.size(); ++node) CHECK(tape.value(node).to_vector() == values_before[node]);
  const GradCheck check = grad_check(tape, upstream, std::array{x, w});
  INFO(check.to_text(tape.graph()));
  CHECK(check.worst < 1e-8);
}

TEST_CASE("recorded formulas refuse two tapes") {
  Tape one;
  Tape two;
  const Recorded a(one, one.input("a", Tensor()));
  const Recorded b(two, two.input("b", Tensor()));
  CHECK_THROWS_WITH(a + b, "add: operands on two tapes");
}

TEST_CASE("the tape refuses what does not fit") {
  Tape tape;
  const NodeId a = tape.input("a", Tensor::zeros({2, 3}, DType::f64));
  const NodeId b = tape.input("b", Tensor::zeros({4}, DType::f64));
  const NodeId c = tape.input("c", Tensor::zeros({3}, DType::f32));
  const NodeId fixed = tape.input("fixed", Tensor::zeros({2, 3}, DType::f64), false);
  CHECK_THROWS_WITH(add(tape, a, b), "add: shapes (2, 3) and (4,) do not broadcast");
  CHECK_THROWS_WITH(add(tape, a, c), "add: operands of dtype f64 and f32 (shapes (2, 3) and (3,))");
  CHECK_THROWS_WITH(tape.apply("add", std::array{a}), "add: takes 2 operands, not 1");
  CHECK_THROWS_WITH(tape.apply("sum", std::array{a}), "sum: wrong kind of attributes ()");
  CHECK_THROWS_WITH(tape.apply("exp", std::array{NodeId{99}}), "tape: there is no node 99");
  CHECK_THROWS_WITH(tape.value(99), "tape: there is no node 99");
  CHECK_THROWS_WITH(reduce(tape, "sum", a, {2}), "sum: no axis 2 in a tensor of rank 2");
  CHECK_THROWS_WITH(reduce(tape, "mean", a, {0, -2}), "mean: axis 0 stands twice");
  CHECK_THROWS_WITH(contract(tape, a, b, "ij,j->i"),
                    "contraction: shapes (2, 3) and (4,) under 'ab,b->a': a letter stands for two lengths");
  CHECK_THROWS_WITH(call(tape, "exp", std::array{a, b}), "no function 'exp' takes 2 arguments");
  CHECK_THROWS_WITH(reshape(tape, a, {5}), "reshape: shapes (2, 3) and (5,) have different numbers of elements");
  CHECK_THROWS_WITH(broadcast_to(tape, a, {3}), "broadcast_to: shape (2, 3) does not broadcast to (3,)");
  CHECK_THROWS_WITH(transpose(tape, a, {0, 0}), "transpose: axes 0,0 do not permute those of shape (2, 3)");
  CHECK_THROWS_WITH(diagonal(tape, a, 0, 1), "diagonal: axes 0 and 1 of shape (2, 3) are not two of equal length");
  CHECK(tape.size() == 4);

  const NodeId y = call(tape, "exp", std::array{a});
  const std::array narrow{std::pair{y, Tensor::zeros({2, 3}, DType::f32)}};
  CHECK_THROWS_WITH(tape.backward(narrow, std::array{a}),
                    "upstream gradient of 'v4' has shape (2, 3) f32, not (2, 3) f64");
  const std::array upstream{std::pair{y, Tensor::zeros({2, 3}, DType::f64)}};
  CHECK_THROWS_WITH(tape.backward(upstream, std::array{fixed}),
                    "gradient with respect to 'fixed', which is not differentiable");
  CHECK_THROWS_WITH(central_difference(tape, {}, c), "central difference: the tape must be f64");
}

TEST_CASE("a deep tape does not exhaust the stack") {
  Tape tape;
  NodeId node = tape.input("x", Tensor::full({}, 1, DType::f64));
  const NodeId x = node;
  for (int k = 0; k < 50000; ++k) node = negate(tape, node);
  const std::array upstream{std::pair{node, Tensor::full({}, 1, DType::f64)}};
  CHECK(tape.backward(upstream, std::array{x}).of(x).item() == 1);
}

TEST_CASE("disagreement is relative for large values and absolute for small ones") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(disagreement(1e-3, 2e-3) == Approx(1e-3));
  CHECK(disagreement(1e6, 1e6 + 2) == Approx(1e-6));
  CHECK(disagreement(infinity, infinity) == 0);
  CHECK(disagreement(infinity, 1) == infinity);
  CHECK(disagreement(std::nan(""), std::nan("")) == infinity);
}

}  // namespace
}  // namespace chalktape::engine
