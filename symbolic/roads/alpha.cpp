#include "symbolic/roads/alpha.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace chalktape::roads {
namespace {

using language::Definition;
using language::Expr;
using language::Index;
using language::Kind;
using language::Layer;
using Names = std::map<std::string, std::string>;

/// A one-to-one relation between names.
class Bijection {
 public:
  /// Whether the two may correspond; from then on they do.
  bool relate(const std::string& a, const std::string& b) {
    const auto forward = forward_.try_emplace(a, b).first;
    const auto backward = backward_.try_emplace(b, a).first;
    return forward->second == b && backward->second == a;
  }
  [[nodiscard]] const Names& names() const { return forward_; }

 private:
  Names forward_, backward_;
};

class AlphaComparison {
 public:
  bool layers(const Layer& a, const Layer& b) {
    return a.tensors.size() == b.tensors.size() && a.constants.size() == b.constants.size() &&
           a.definitions.size() == b.definitions.size() && signatures(a, b) && definitions(a, b) &&
           names(a.outputs, b.outputs) && names(a.auxiliary_outputs, b.auxiliary_outputs);
  }
  [[nodiscard]] const Names& result() const { return globals_.names(); }

 private:
  bool names(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](const auto& x, const auto& y) { return globals_.relate(x, y); });
  }

  bool signatures(const Layer& a, const Layer& b) {
    for (std::size_t t = 0; t < a.tensors.size(); ++t) {
      if (!globals_.relate(a.tensors[t].name, b.tensors[t].name) || !names(a.tensors[t].sizes, b.tensors[t].sizes))
        return false;
    }
    for (std::size_t c = 0; c < a.constants.size(); ++c)
      if (!globals_.relate(a.constants[c].name, b.constants[c].name)) return false;
    return true;
  }

  bool definitions(const Layer& a, const Layer& b) {
    for (std::size_t d = 0; d < a.definitions.size(); ++d) {
      const Definition& x = a.definitions[d];
      const Definition& y = b.definitions[d];
      if (!globals_.relate(x.name, y.name)) return false;
      if (!bind(x.indices, y.indices) || !expressions(x.value, y.value)) return false;
      scope_.clear();
    }
    return true;
  }

  bool bind(const std::vector<Index>& a, const std::vector<Index>& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t k = 0; k < a.size(); ++k) {
      if (!globals_.relate(a[k].range, b[k].range)) return false;
      scope_.emplace_back(a[k].name, b[k].name);
    }
    return true;
  }

  /// Bound by the same binder, the innermost that either name has.
  [[nodiscard]] bool indices(const std::vector<Index>& a, const std::vector<Index>& b) const {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](const Index& x, const Index& y) {
      const auto found = std::find_if(scope_.rbegin(), scope_.rend(),
                                      [&](const auto& pair) { return pair.first == x.name || pair.second == y.name; });
      return found != scope_.rend() && found->first == x.name && found->second == y.name;
    });
  }

  bool expressions(const Expr& a, const Expr& b) {
    if (a->kind != b->kind || a->role != b->role || a->operands.size() != b->operands.size()) return false;
    const auto operands = [&] {
      return std::equal(a->operands.begin(), a->operands.end(), b->operands.begin(),
                        [&](const Expr& x, const Expr& y) { return expressions(x, y); });
    };
    switch (a->kind) {
      case Kind::access:
        return globals_.relate(a->name, b->name) && indices(a->indices, b->indices);
      case Kind::delta:
        return indices(a->indices, b->indices);
      case Kind::reduce: {
        const std::size_t depth = scope_.size();
        const bool same = a->name == b->name && bind(a->indices, b->indices) && operands();
        scope_.resize(depth);
        return same;
      }
      default:
        return a->name == b->name && a->held == b->held && operands();
    }
  }

  Bijection globals_;
  std::vector<std::pair<std::string, std::string>> scope_;
};

}  // namespace

std::optional<Names> correspondence(const Layer& a, const Layer& b) {
  AlphaComparison comparison;
  if (!comparison.layers(a, b)) return std::nullopt;
  return comparison.result();
}

}  // namespace chalktape::roads
