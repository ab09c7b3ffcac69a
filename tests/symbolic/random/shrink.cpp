#include "tests/symbolic/random/shrink.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "symbolic/notation/resolve.hpp"
#include "tests/symbolic/random/layer_text.hpp"

namespace chalktape::random_layers {

using language::Expr;
using language::Expression;
using language::Index;
using language::Kind;
using language::Layer;

namespace {

/// e with every node rewritten by `change`, from the leaves up.
Expr mapped(const Expr& e, const std::function<Expr(Expression)>& change) {
  Expression copy = *e;
  for (Expr& operand : copy.operands) operand = mapped(operand, change);
  return change(std::move(copy));
}

Expr unchanged(Expression e) { return std::make_shared<const Expression>(std::move(e)); }

void for_all_expressions(Layer& layer, const std::function<Expr(Expression)>& change) {
  for (auto& definition : layer.definitions) definition.value = mapped(definition.value, change);
  for (auto& assumption : layer.assumptions) {
    assumption.left = mapped(assumption.left, change);
    assumption.right = mapped(assumption.right, change);
  }
}

bool mentions(const Expr& e, const std::string& index) {
  return std::ranges::any_of(e->indices, [&](const Index& i) { return i.name == index; }) ||
         std::ranges::any_of(e->operands, [&](const Expr& operand) { return mentions(operand, index); });
}

Expr with_index(const Expr& e, const Index& from, const Index& to) {
  return mapped(e, [&](Expression node) {
    std::ranges::replace(node.indices, from, to);
    return unchanged(std::move(node));
  });
}

/// What may stand in place of e: 1, its parts (under a reduction with one of the definition's indices instead of the
/// bound one), a simpler function of them.
std::vector<Expr> simpler(const Expr& e, const std::vector<Index>& free) {
  std::vector<Expr> found;
  if (e->kind != Kind::number || e->name != "1") found.push_back(language::number("1"));
  for (const Expr& operand : e->operands) found.push_back(operand);
  if (e->kind == Kind::reduce) {
    for (const Index& index : free)
      if (e->indices.size() == 1 && index.range == e->indices[0].range)
        found.push_back(with_index(e->operands[0], e->indices[0], index));
    if (e->name != "sum") found.push_back(language::reduce("sum", e->indices, e->operands[0]));
    for (std::size_t k = 0; e->indices.size() > 1 && k < e->indices.size(); ++k) {
      std::vector<Index> fewer = e->indices;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(k));
      found.push_back(language::reduce(e->name, fewer, e->operands[0]));
    }
  }
  if (e->kind == Kind::call && e->operands.size() == 1 && e->name != "exp" && e->name != "tanh")
    found.push_back(language::call("exp", e->operands));
  return found;
}

/// All versions of e with one node made simpler, the outermost first.
std::vector<Expr> versions(const Expr& e, const std::vector<Index>& free) {
  std::vector<Expr> found = simpler(e, free);
  for (std::size_t k = 0; k < e->operands.size(); ++k) {
    for (Expr& operand : versions(e->operands[k], free)) {
      Expression copy = *e;
      copy.operands[k] = std::move(operand);
      found.push_back(unchanged(std::move(copy)));
    }
  }
  return found;
}

class Shrinker {
 public:
  Shrinker(Layer layer, const std::function<bool(const Layer&)>& fails, int most_tries)
      : layer_(std::move(layer)), fails_(fails), tries_left_(most_tries) {}

  Layer run() {
    while (drop_definitions() || drop_lists() || drop_axes() || merge_sizes() || simplify()) {
    }
    return layer_;
  }

 private:
  /// Takes the candidate where it is smaller, well-formed and still fails.
  bool take(Layer candidate) {
    tidy(candidate);
    if (tries_left_ <= 0 || size_of(candidate) >= size_of(layer_)) return false;
    const notation::File file = notation::read_file(to_chalk(candidate), "shrunk.chalk");
    if (!file.diagnostics.empty() || file.layers.size() != 1) return false;
    --tries_left_;
    if (!fails_(file.layers.front())) return false;
    layer_ = file.layers.front();
    return true;
  }

  /// What nothing uses goes by itself: constants, and indices under a reduction.
  static void tidy(Layer& layer) {
    for_all_expressions(layer, [](Expression e) {
      if (e.kind != Kind::reduce) return unchanged(std::move(e));
      std::erase_if(e.indices, [&](const Index& index) { return !mentions(e.operands[0], index.name); });
      return e.indices.empty() ? e.operands[0] : unchanged(std::move(e));
    });
    std::set<std::string> used;
    for (const auto& definition : layer.definitions) language::collect_names(definition.value, used);
    for (const auto& assumption : layer.assumptions) {
      language::collect_names(assumption.left, used);
      language::collect_names(assumption.right, used);
    }
    std::erase_if(layer.constants, [&](const auto& constant) { return !used.contains(constant.name); });
  }

  /// Without the definition; where others read it, `put` stands for it.
  static Layer without(const Layer& layer, const std::string& name, const Expr& put) {
    Layer copy = layer;
    std::erase_if(copy.definitions, [&](const auto& d) { return d.name == name; });
    std::erase(copy.outputs, name);
    std::erase(copy.auxiliary_outputs, name);
    if (copy.outputs.empty() && !copy.definitions.empty()) copy.outputs.push_back(copy.definitions.back().name);
    std::erase_if(copy.auxiliary_outputs, [&](const auto& a) { return a == copy.outputs.front(); });
    for_all_expressions(
        copy, [&](Expression e) { return e.kind == Kind::access && e.name == name ? put : unchanged(std::move(e)); });
    return copy;
  }

  bool drop_definitions() {
    bool any = false;
    for (std::size_t k = layer_.definitions.size(); k-- > 0;) {
      if (k >= layer_.definitions.size()) continue;
      const auto definition = layer_.definitions[k];
      any |= take(without(layer_, definition.name, language::number("1"))) || inline_definition(definition) ||
             read_instead(definition);
    }
    return any;
  }

  /// The definition's formula where it is read, with the reader's indices.
  bool inline_definition(const language::Definition& definition) {
    Layer copy = layer_;
    std::erase_if(copy.definitions, [&](const auto& d) { return d.name == definition.name; });
    if (std::ranges::find(copy.outputs, definition.name) != copy.outputs.end()) return false;
    std::erase(copy.auxiliary_outputs, definition.name);
    for_all_expressions(copy, [&](Expression e) {
      if (e.kind != Kind::access || e.name != definition.name) return unchanged(std::move(e));
      return mapped(definition.value, [&](Expression inner) {
        for (Index& index : inner.indices) {
          for (std::size_t i = 0; i < definition.indices.size(); ++i)
            if (index == definition.indices[i]) {
              index = e.indices[i];
              break;
            }
        }
        return unchanged(std::move(inner));
      });
    });
    return take(std::move(copy));
  }

  /// A tensor of the same shape where the definition is read.
  bool read_instead(const language::Definition& definition) {
    for (const auto& tensor : layer_.tensors) {
      if (layer_.ranges_of(definition.name) != tensor.sizes) continue;
      Layer copy = layer_;
      std::erase_if(copy.definitions, [&](const auto& d) { return d.name == definition.name; });
      std::erase(copy.outputs, definition.name);
      std::erase(copy.auxiliary_outputs, definition.name);
      if (copy.outputs.empty()) continue;
      for_all_expressions(copy, [&](Expression e) {
        if (e.kind == Kind::access && e.name == definition.name) {
          e.name = tensor.name;
          e.role = language::Role::tensor;
        }
        return unchanged(std::move(e));
      });
      if (take(std::move(copy))) return true;
    }
    return false;
  }

  template <class Member>
  bool drop_from(Member member, std::size_t least) {
    bool any = false;
    for (std::size_t k = (layer_.*member).size(); k-- > 0;) {
      if ((layer_.*member).size() <= least || k >= (layer_.*member).size()) continue;
      Layer copy = layer_;
      (copy.*member).erase((copy.*member).begin() + static_cast<std::ptrdiff_t>(k));
      any |= take(std::move(copy));
    }
    return any;
  }

  bool drop_lists() {
    bool any = drop_from(&Layer::outputs, 1);
    any |= drop_from(&Layer::auxiliary_outputs, 0);
    any |= drop_from(&Layer::assumptions, 0);
    any |= drop_from(&Layer::tensors, 1);
    return any;
  }

  /// One axis of a tensor or definition, wherever it is read.
  bool drop_axes() {
    std::vector<std::string> names;
    for (const auto& tensor : layer_.tensors) names.push_back(tensor.name);
    for (const auto& definition : layer_.definitions) names.push_back(definition.name);
    bool any = false;
    for (const std::string& name : names) {
      const auto ranges = layer_.ranges_of(name);
      for (std::size_t axis = ranges ? ranges->size() : 0; axis-- > 0;) any |= drop_axis(name, axis);
    }
    return any;
  }

  bool drop_axis(const std::string& name, std::size_t axis) {
    const auto place = static_cast<std::ptrdiff_t>(axis);
    Layer copy = layer_;
    for (auto& tensor : copy.tensors)
      if (tensor.name == name) tensor.sizes.erase(tensor.sizes.begin() + place);
    for (auto& definition : copy.definitions)
      if (definition.name == name) definition.indices.erase(definition.indices.begin() + place);
    for_all_expressions(copy, [&](Expression e) {
      if (e.kind == Kind::access && e.name == name) e.indices.erase(e.indices.begin() + place);
      return unchanged(std::move(e));
    });
    return take(std::move(copy));
  }

  /// One size symbol less.
  bool merge_sizes() {
    for (const std::string& from : layer_.sizes) {
      for (const std::string& to : layer_.sizes) {
        if (from == to) continue;
        Layer copy = layer_;
        std::erase(copy.sizes, from);
        for (auto& tensor : copy.tensors) std::ranges::replace(tensor.sizes, from, to);
        for_all_expressions(copy, [&](Expression e) {
          if (e.kind == Kind::access && e.role == language::Role::size && e.name == from) e.name = to;
          return unchanged(std::move(e));
        });
        if (take(std::move(copy))) return true;
      }
    }
    return false;
  }

  bool simplify() {
    for (std::size_t k = 0; k < layer_.definitions.size(); ++k) {
      for (Expr& version : versions(layer_.definitions[k].value, layer_.definitions[k].indices)) {
        Layer copy = layer_;
        copy.definitions[k].value = std::move(version);
        if (take(std::move(copy))) return true;
      }
    }
    return false;
  }

  Layer layer_;
  const std::function<bool(const Layer&)>& fails_;
  int tries_left_;
};

}  // namespace

Layer shrunk(Layer layer, const std::function<bool(const Layer&)>& fails, int most_tries) {
  return Shrinker(std::move(layer), fails, most_tries).run();
}

}  // namespace chalktape::random_layers
