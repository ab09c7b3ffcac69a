// What rules have found so far, so that a search need not find it again.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "symbolic/rules/rule.hpp"

namespace chalktape::rules {

/// A sentence that says why, and its text, by which sentences are ordered.
using Reason = std::shared_ptr<const std::pair<std::string, present::Sentence>>;

/// What applying a rule everywhere in an expression gave; `after` is the expression itself where it matched nowhere.
struct Walked {
  ex after;
  std::vector<Reason> reasons{};
};

/// A number times a sum of terms without numbers and constants, as a settled formula has it.
struct ScaledSum {
  ex coefficient, sum;
};

/// What rules/hazards.cpp has found of a name's formula.
struct NatureOfName {
  bool grows = false, has_growth = false, stays_away_from_zero = false;
};

/// Rules are pure, and a search meets the same expressions again and again: what they said of each, while the known
/// names stay the same.
class Memo {
 public:
  /// A rule with its target, in a scope of index names.
  struct Question {
    const Rule* rule = nullptr;
    const Known* known = nullptr;
    std::string part{};
    int scope = 0;
    bool explains = true;  ///< whether the answer has reasons
    ex e;
    friend bool operator==(const Question& a, const Question& b) {
      return a.rule == b.rule && a.known == b.known && a.scope == b.scope && a.explains == b.explains &&
             a.part == b.part && a.e.is_equal(b.e);
    }
  };

  /// A number for the scope, the same for equal ones.
  int scope(const std::vector<std::string>& names) {
    return scopes_.try_emplace(names, static_cast<int>(scopes_.size())).first->second;
  }

  std::unordered_map<int, notation::Opened>& opened(const ex& reduction) { return opened_[reduction]; }
  std::optional<std::optional<ScaledSum>>& sum_of(const ex& value) { return sums_[value]; }
  std::optional<std::optional<ex>>& expanded(const ex& e) { return expanded_[e]; }
  std::optional<double>& cost(const ex& e) { return costs_[e]; }
  std::map<std::string, NatureOfName>& natures() { return natures_; }

  [[nodiscard]] const Walked* find(const Question& question) const {
    const auto found = walked_.find(question);
    return found == walked_.end() ? nullptr : &found->second;
  }
  void remember(Question question, Walked walked) { walked_.emplace(std::move(question), std::move(walked)); }

 private:
  struct Hash {
    size_t operator()(const Question& q) const {
      size_t h = q.e.gethash();
      for (const size_t part :
           {std::hash<const void*>()(q.rule), std::hash<const void*>()(q.known), std::hash<std::string>()(q.part),
            2 * static_cast<size_t>(q.scope) + (q.explains ? 1U : 0U)}) {
        h = (h ^ part) * 0x9e3779b97f4a7c15U;
      }
      return h;
    }
  };

  std::map<std::vector<std::string>, int> scopes_;
  notation::ExMap<std::unordered_map<int, notation::Opened>> opened_;  // by scope
  notation::ExMap<std::optional<std::optional<ScaledSum>>> sums_;
  notation::ExMap<std::optional<std::optional<ex>>> expanded_;
  notation::ExMap<std::optional<double>> costs_;
  std::map<std::string, NatureOfName> natures_;
  std::unordered_map<Question, Walked, Hash> walked_;
};

}  // namespace chalktape::rules
