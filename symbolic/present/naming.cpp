#include <algorithm>
#include <locale>
#include <sstream>

#include "symbolic/language/limits.hpp"
#include "symbolic/notation/formula.hpp"
#include "symbolic/present/tree.hpp"

namespace chalktape::present {

using GiNaC::numeric;
using language::Expr;
using language::Kind;
using notation::ex;
using notation::Reduce;

namespace {

void gather(const Expr& e, std::map<std::string, std::vector<std::string>>& letters,
            std::map<std::string, std::string>& written) {
  if (e->kind == Kind::number && e->name.find_first_of(".eE") != std::string::npos) {
    written.emplace(digits(notation::exact_number(e->name)), e->name);
  }
  for (const auto& i : e->indices) {
    auto& list = letters[i.range];
    if (std::find(list.begin(), list.end(), i.name) == list.end()) list.push_back(i.name);
  }
  for (const Expr& operand : e->operands) gather(operand, letters, written);
}

/// Where a layer writes 0.044715, its triple is 0.134145 and not 26829/200000; "" for a short fraction, or one that no
/// decimal number equals.
std::string long_decimal(const numeric& n) {
  constexpr int most_places = 30;
  if (!n.is_positive() || n.denom() <= numeric(100)) return {};
  numeric scaled = n;
  int places = 0;
  while (!scaled.is_integer() && places <= most_places) {
    scaled = scaled * numeric(10);
    ++places;
  }
  if (!scaled.is_integer()) return {};
  std::string text = digits(scaled);
  if (text.size() > language::limits::number_digits) return {};
  const auto wide = static_cast<size_t>(places);
  if (text.size() <= wide) text.insert(0, wide + 1 - text.size(), '0');
  return text.insert(text.size() - wide, ".");
}

}  // namespace

std::string digits(const numeric& n) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out << n;
  return out.str();
}

Naming::Naming(const language::Layer& layer) : sizes_(layer.sizes) {
  for (const auto& definition : layer.definitions) {
    for (const auto& i : definition.indices) {
      auto& list = letters_[i.range];
      if (std::find(list.begin(), list.end(), i.name) == list.end()) list.push_back(i.name);
    }
    gather(definition.value, letters_, written_);
  }
  const auto used = [&](const std::string& name) {
    const auto constant = [&](const auto& declared) { return declared.name == name; };
    return layer.ranges_of(name).has_value() || std::find(sizes_.begin(), sizes_.end(), name) != sizes_.end() ||
           std::any_of(layer.constants.begin(), layer.constants.end(), constant);
  };
  for (const char* letter : {"k", "l", "p", "q", "r", "s", "t", "u", "v", "w", "a", "b", "c", "m", "n", "o"}) {
    if (!used(letter)) pool_.emplace_back(letter);
  }
}

std::string Naming::bound_index(const std::string& range, const std::vector<std::string>& taken) const {
  const auto free = [&](const std::string& name) { return std::find(taken.begin(), taken.end(), name) == taken.end(); };
  if (const auto own = letters_.find(range); own != letters_.end()) {
    for (const std::string& letter : own->second) {
      if (free(letter)) return letter;
    }
  }
  // A letter that the layer uses for another range would mislead.
  const auto foreign = [&](const std::string& name) {
    return std::any_of(letters_.begin(), letters_.end(), [&](const auto& entry) {
      return entry.first != range && std::find(entry.second.begin(), entry.second.end(), name) != entry.second.end();
    });
  };
  for (const std::string& letter : pool_) {
    if (free(letter) && !foreign(letter)) return letter;
  }
  for (int n = 1;; ++n) {
    std::string name = "k";  // appended to, not added: GCC 12 warns of the sum without cause
    name += std::to_string(n);
    if (free(name) && size_order(name) == sizes_.size()) return name;
  }
}

std::string Naming::written(const numeric& n) const {
  const auto found = written_.find(digits(n));
  if (found != written_.end()) return found->second;
  return written_.empty() ? std::string() : long_decimal(n);
}

std::vector<numeric> Naming::numbers() const {
  std::vector<numeric> result;
  for (const auto& [value, text] : written_) result.emplace_back(value.c_str());
  return result;
}

size_t Naming::size_order(const std::string& range) const {
  return static_cast<size_t>(std::find(sizes_.begin(), sizes_.end(), range) - sizes_.begin());
}

notation::Opened open_named(const Reduce& r, const Naming& naming, const std::vector<std::string>& in_scope) {
  notation::Opened opened = notation::open(r);
  std::stable_sort(opened.indices.begin(), opened.indices.end(), [&](const ex& a, const ex& b) {
    return naming.size_order(notation::as_index(a).range()) < naming.size_order(notation::as_index(b).range());
  });
  std::vector<std::string> taken = in_scope;
  for (const ex& i : notation::free_indices(opened.body)) taken.push_back(notation::as_index(i).name());
  std::vector<std::pair<ex, ex>> letters;
  for (ex& i : opened.indices) {
    const std::string& range = notation::as_index(i).range();
    taken.push_back(naming.bound_index(range, taken));
    letters.emplace_back(i, notation::index(taken.back(), range));
    i = letters.back().second;
  }
  opened.body = notation::replace_indices(opened.body, letters);
  return opened;
}

}  // namespace chalktape::present
