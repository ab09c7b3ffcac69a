#include "tests/symbolic/random/generator.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tests/symbolic/random/expressions.hpp"

namespace chalktape::random_layers {

using language::Expr;
using language::Index;
using language::Layer;

namespace {

class LayerGenerator {
 public:
  explicit LayerGenerator(std::uint64_t seed) : random_(seed), expressions_(random_) {
    layer_.name = fmt::format("random_{}", seed);
  }

  Layer run() {
    signature();
    const int count = static_cast<int>(2 + std::min(random_.below(7), random_.below(7)));
    for (int k = 0; k < count; ++k) define(names[static_cast<std::size_t>(k)], k + 1 == count);
    outputs();
    return std::move(layer_);
  }

 private:
  static constexpr const char* tensors[] = {"x", "w", "s", "b"};
  static constexpr const char* names[] = {"h", "mu", "p", "xhat", "var", "g", "r", "z"};

  bool chance(int percent) { return random_.below(100) < percent; }

  void signature() {
    const auto size_count = 1 + random_.below(3);
    std::vector<std::string> sizes{"N", "D", "S"};
    sizes.resize(static_cast<std::size_t>(size_count));
    const auto count = 1 + random_.below(4);
    for (std::int64_t t = 0; t < count; ++t) {
      const auto rank = t == 0 ? random_.between(1, 3) : random_.between(0, 3);
      language::TensorDeclaration tensor{tensors[t], {}, {}};
      for (std::int64_t axis = 0; axis < rank; ++axis) {
        // Mostly N, D, S in this order; now and then a square.
        const auto pick = chance(75) ? axis % size_count : random_.below(size_count);
        tensor.sizes.push_back(sizes[static_cast<std::size_t>(pick)]);
        if (std::ranges::find(layer_.sizes, tensor.sizes.back()) == layer_.sizes.end())
          layer_.sizes.push_back(tensor.sizes.back());
      }
      const bool positive = assume(tensor);
      expressions_.add_name({tensor.name, tensor.sizes, language::Role::tensor, positive, true});
      layer_.tensors.push_back(std::move(tensor));
    }
    if (chance(40)) add_constant("eps", "0.5");
    if (chance(15)) add_constant("a", chance(50) ? "1.25" : "3");
    expressions_.set_sizes(layer_.sizes);
  }

  void add_constant(const std::string& name, const std::string& value) {
    layer_.constants.push_back({name, value, {}});
    expressions_.add_constant(name);
  }

  /// Now and then an assumption on a tensor's entries. True where they are positive then.
  bool assume(const language::TensorDeclaration& tensor) {
    if (!chance(15)) return false;
    std::vector<Index> indices = expressions_.fresh_indices(tensor.sizes);
    const Expr entry = language::access(tensor.name, indices, language::Role::tensor);
    const bool sums_to_one = !indices.empty() && chance(30);
    layer_.assumptions.push_back(
        {entry, language::Relation::greater, language::number(chance(70) ? "0" : "0.25"), indices, {}});
    if (sums_to_one) {
      layer_.assumptions.back().right = language::number("0");
      const Index last = indices.back();
      layer_.assumptions.push_back(
          {language::reduce("sum", {last}, entry), language::Relation::equal, language::number("1"), {}, {}});
    }
    return true;
  }

  void define(const std::string& name, bool is_last) {
    static constexpr int ranks[] = {0, 1, 1, 1, 2, 2, 2, 2, 3};
    const int rank = is_last && chance(25) ? 0 : ranks[random_.below(std::size(ranks))];
    std::vector<std::string> ranges;
    for (int axis = 0; axis < rank; ++axis) {
      const auto count = static_cast<std::int64_t>(layer_.sizes.size());
      const auto pick = chance(80) ? axis % count : random_.below(count);
      ranges.push_back(layer_.sizes[static_cast<std::size_t>(pick)]);
    }
    std::vector<Index> indices = expressions_.fresh_indices(ranges);
    const auto kind = random_.below(10);
    const int size = static_cast<int>(random_.between(2, 5));
    const bool positive = kind < 2;
    const bool calm = kind == 2;
    Expr value = expressions_.formula(indices, size, positive ? Want::positive : calm ? Want::calm : Want::any);
    layer_.definitions.push_back({name, indices, std::move(value), {}});
    expressions_.add_name({name, std::move(ranges), language::Role::definition, positive, calm});
  }

  void outputs() {
    const std::string& last = layer_.definitions.back().name;
    layer_.outputs.push_back(last);
    for (const auto& definition : layer_.definitions) {
      if (definition.name == last) continue;
      if (!expressions_.is_read(definition.name) && chance(80)) {
        layer_.outputs.push_back(definition.name);
      } else if (chance(8)) {
        layer_.outputs.push_back(definition.name);  // an output that is read further on
      } else if (chance(5)) {
        layer_.auxiliary_outputs.push_back(definition.name);
      }
    }
  }

  engine::Random random_;
  Expressions expressions_;
  Layer layer_;
};

}  // namespace

Layer random_layer(std::uint64_t seed) { return LayerGenerator(seed).run(); }

}  // namespace chalktape::random_layers
