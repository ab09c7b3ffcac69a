#include "tests/symbolic/present/random_tree.hpp"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "symbolic/notation/resolve.hpp"

namespace chalktape {
namespace {

using language::Expr;
using language::Index;
using language::Kind;
using language::Role;

class Generator {
 public:
  explicit Generator(std::uint32_t seed) : engine_(seed) {}

  Expr tree(int size) {
    if (size <= 1) return leaf();
    switch (pick(12)) {
      case 0:
        return language::negate(tree(size - 1));
      case 1:
        return call(size - 1);
      case 2:
        return reduction(size - 1);
      case 3:
        return language::derivative(tree(size - 2), x(),
                                    pick(2) == 0 ? std::vector<std::string>{} : std::vector<std::string>{"m", "v"});
      default:
        break;
    }
    static constexpr Kind kinds[] = {Kind::add, Kind::subtract, Kind::multiply, Kind::divide, Kind::power};
    const int left = 1 + pick(size - 1);
    // The operands' order of evaluation is not left to the compiler: the same seed gives the same tree everywhere.
    Expr first = tree(left);
    Expr second = tree(size - left);
    return language::binary(kinds[pick(5)], std::move(first), std::move(second));
  }

 private:
  int pick(int bound) { return static_cast<int>(engine_() % static_cast<std::uint32_t>(bound)); }

  // An index over the range: one that is bound around here, or a free one.
  Index index(const std::string& range) {
    std::vector<Index> candidates = {{.name = range == "N" ? "i" : "j", .range = range}};
    for (const Index& bound : bound_) {
      if (bound.range == range) candidates.push_back(bound);
    }
    return candidates[static_cast<std::size_t>(pick(static_cast<int>(candidates.size())))];
  }

  Expr x() {
    Index row = index("N");
    Index column = index("D");
    return language::access("x", {row, column}, Role::tensor);
  }

  Expr delta() {
    const std::string range = pick(2) == 0 ? "N" : "D";
    Index first = index(range);
    Index second = index(range);
    return language::delta(std::move(first), std::move(second));
  }

  Expr call(int size) {
    static const char* const functions[] = {"exp", "log", "sqrt", "abs", "tanh", "relu", "stop", "softplus"};
    if (pick(4) > 0 || size < 2) return language::call(functions[pick(8)], {tree(size)});
    Expr first = tree(size / 2);
    Expr second = tree(size - size / 2);
    return language::call(pick(2) == 0 ? "max" : "min", {std::move(first), std::move(second)});
  }

  // The body uses every index that is bound: otherwise nothing would tell its range.
  Expr reduction(int size) {
    static const char* const reductions[] = {"sum", "mean", "max", "min"};
    const std::size_t outer = bound_.size();
    std::vector<Index> bound;
    for (int count = 1 + pick(2); count > 0; --count) {
      bound.push_back({.name = "k" + std::to_string(bound_.size()), .range = pick(2) == 0 ? "N" : "D"});
      bound_.push_back(bound.back());
    }
    Expr body = tree(size);
    for (const Index& index : bound) {
      Expr use = index.range == "N" ? language::access("v_hat", {index}, Role::definition)
                                    : language::access("m", {index}, Role::definition);
      body = language::binary(pick(2) == 0 ? Kind::multiply : Kind::subtract, std::move(body), std::move(use));
    }
    bound_.resize(outer);
    return language::reduce(reductions[pick(4)], std::move(bound), std::move(body));
  }

  Expr leaf() {
    static const char* const numbers[] = {"0", "2", "1.50", "1e-5", "3E+2"};
    switch (pick(10)) {
      case 0:
        return language::number(numbers[pick(5)]);
      case 1:
        return language::access("c", {}, Role::tensor);
      case 2:
        return language::access("N", {}, Role::size);
      case 3:
        return language::access("eps", {}, Role::constant);
      case 4:
        return language::access("pi", {}, Role::pi);
      case 5:
        return language::access("m", {index("D")}, Role::definition);
      case 6:
        return language::access("v_hat", {index("N")}, Role::definition);
      case 7: {
        Index row = index("N");
        Index column = index("D");
        return language::access(pick(2) == 0 ? "dx" : "dx_total", {row, column}, Role::gradient);
      }
      case 8:
        return delta();
      default:
        return x();
    }
  }

  std::mt19937 engine_;
  std::vector<Index> bound_;
};

}  // namespace

language::Layer layer_of_random_trees() {
  return notation::load_layers(
             "layer f(x[N,D], c; eps)\n"
             "  m[j]     = mean[i](x[i,j])\n"
             "  v        = sum[j](m[j])\n"
             "  v_hat[i] = sum[j](x[i,j])\n"
             "  return m\n",
             "random.chalk")
      .front();
}

language::Expr random_tree(std::uint32_t seed, int size) {
  // Multiplied by an access to both free indices, so that their ranges are known.
  Expr use = language::access("x", {{.name = "i", .range = "N"}, {.name = "j", .range = "D"}}, Role::tensor);
  return language::binary(Kind::multiply, std::move(use), Generator(seed).tree(size));
}

}  // namespace chalktape
