#include "symbolic/claims/repair.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include "symbolic/check/proof_sizes.hpp"
#include "symbolic/claims/distance.hpp"
#include "symbolic/claims/edits.hpp"
#include "symbolic/claims/screen.hpp"
#include "symbolic/claims/sites.hpp"

namespace chalktape::claims {

using language::Expr;
using language::Index;
using language::Kind;

namespace {

/// Operations on doubles that the search for one repair may take, a quarter of a second.
constexpr double most_work = 4e6;
/// What looking at a candidate takes besides, and compiling one of its nodes.
constexpr double work_of_a_candidate = 20, work_of_a_node = 5;
/// Candidates of one stage that are kept, and those that are judged.
constexpr std::size_t most_kept = 40, most_judged = 6;

/// In this order: what a stage finds is smaller than what later ones do, as a rule.
constexpr EditKind small_edits[] = {EditKind::relative, EditKind::factor, EditKind::power,
                                    EditKind::name,     EditKind::index,  EditKind::surplus,
                                    EditKind::number,   EditKind::side,   EditKind::function};
constexpr EditKind larger_edits[] = {EditKind::atom, EditKind::rare_name, EditKind::missing};
constexpr EditKind largest_edits[] = {EditKind::part};

/// Names that a repair may not use: what is claimed, and what is computed from it; of a gradient, the gradients of what
/// its name is computed from. Other gradients may stand in it, but not decide which side of a border one is on: the
/// sign of PPO's do = -dr is that of what is claimed.
class Forbidden {
 public:
  Forbidden(const Scope& scope, const Expr& truth, const Expr& wrong) : truth_(truth) {
    language::collect_names(wrong, used_);
    if (truth->kind != Kind::access) return;
    const auto& layer = scope.layer;
    if (truth->role == language::Role::gradient) {
      std::set<std::string> reached{truth->name.substr(1)};
      for (auto definition = layer.definitions.rbegin(); definition != layer.definitions.rend(); ++definition) {
        if (reached.contains(definition->name)) language::collect_names(definition->value, reached);
      }
      for (const std::string& name : reached) names_.insert("d" + name);
    } else {
      names_.insert(truth->name);
      add_readers(layer.definitions);
    }
    add_readers(scope.own);
    names_.insert(truth->name);
  }

  [[nodiscard]] bool stands_in(const Expr& e, bool decides = false) const {
    if (e->kind == Kind::access && e->name == truth_->name && truth_->kind == Kind::access) return true;
    const bool is_excluded = names_.contains(e->name) || (decides && e->role == language::Role::gradient);
    if (e->kind == Kind::access && is_excluded && !used_.contains(e->name)) return true;
    if (truth_->kind != Kind::access && language::equal(e, truth_)) return true;
    static const std::set<std::string> deciding{"step", "relu", "abs", "max", "min"};
    const bool inside = decides || (e->kind == Kind::call && deciding.contains(e->name));
    return std::any_of(e->operands.begin(), e->operands.end(), [&](const Expr& o) { return stands_in(o, inside); });
  }

 private:
  void add_readers(const std::vector<language::Definition>& definitions) {
    for (const auto& definition : definitions) {
      std::set<std::string> read;
      language::collect_names(definition.value, read);
      if (std::any_of(read.begin(), read.end(), [&](const std::string& name) { return names_.contains(name); }))
        names_.insert(definition.name);
    }
  }

  Expr truth_;
  std::set<std::string> used_, names_;
};

void collect_factors(const Expr& e, bool divides, std::vector<Expr>& over, std::vector<Expr>& under) {
  if (e->kind == Kind::multiply || e->kind == Kind::divide) {
    collect_factors(e->operands[0], divides, over, under);
    collect_factors(e->operands[1], divides != (e->kind == Kind::divide), over, under);
  } else {
    (divides ? under : over).push_back(e);
  }
}

/// D/D, a*x/x, x - x: nobody writes that.
bool cancels(const Expr& e) {
  if (e->kind == Kind::subtract && language::equal(e->operands[0], e->operands[1])) return true;
  if (e->kind == Kind::multiply || e->kind == Kind::divide) {
    std::vector<Expr> over, under;
    collect_factors(e, false, over, under);
    for (const Expr& factor : over) {
      if (std::any_of(under.begin(), under.end(), [&](const Expr& other) { return language::equal(factor, other); }))
        return true;
    }
  }
  return std::any_of(e->operands.begin(), e->operands.end(), cancels);
}

struct Mended {
  Expr formula;
  std::string advice, text;
  int changes = 0;
};

class Search {
 public:
  Search(Judge& judge, const std::vector<Index>& indices, const Expr& truth, const Expr& wrong,
         const std::vector<Expr>& relatives, std::size_t further)
      : judge_(judge),
        indices_(indices),
        truth_(truth),
        material_{&judge.scope(), wrong, indices, relatives},
        forbidden_(judge.scope(), truth, wrong),
        wrong_cancels_(cancels(wrong)),
        further_(further),
        screen_(judge, indices, truth, wrong) {}

  std::optional<Repair> run() {
    if (!screen_.is_of_use()) return std::nullopt;
    for (const Index& index : indices_) entries_ *= static_cast<double>(screen_.first_sizes().at(index.range));
    for (const auto kinds : {std::span<const EditKind>(small_edits), std::span<const EditKind>(larger_edits),
                             std::span<const EditKind>(largest_edits)}) {
      found_.clear();
      for (const EditKind kind : kinds) collect(kind);
      if (auto repair = best()) return repair;
      if (is_tired()) break;
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] bool is_tired() const { return work_ > most_work; }

  void collect(EditKind kind) {
    const EditVisitor visitor = [&](const Edit& edit) {
      // A wrong candidate is found out at its first entry as a rule.
      work_ += work_of_a_candidate + work_of_a_node * nodes_of(edit.edited) +
               check::scalar_operations(indices_, edit.edited, screen_.first_sizes()) / entries_;
      if (!forbidden_.stands_in(edit.edited) && screen_.passes(edit.edited) &&
          (wrong_cancels_ || !cancels(edit.edited)) && !screen_.is_idle(edit.node, edit.indices)) {
        const Expr formula = without_idle_indices(without_shadows(edit.edited, indices_));
        found_.push_back(
            {formula, edit.advice(), judge_.scope().written(formula), changed_nodes(material_.formula, formula)});
      }
      return is_tired() || found_.size() >= most_kept;
    };
    const TermTest may_lack = [&](const auto& site, const Expr& term, bool subtracted) {
      work_ += entries_;
      return is_tired() || screen_.may_lack(site, term, subtracted);
    };
    visit_edits(material_, kind, visitor, may_lack);
  }

  std::optional<Repair> best() {
    std::stable_sort(found_.begin(), found_.end(), [](const Mended& a, const Mended& b) {
      return a.changes == b.changes ? a.text.size() < b.text.size() : a.changes < b.changes;
    });
    std::set<std::string> judged;
    for (const Mended& one : found_) {
      if (!judged.insert(one.text).second) continue;
      if (judged.size() > most_judged) break;
      const Judgement judgement = judge_.judge(indices_, truth_, one.formula, further_);
      if (judgement.verdict == Verdict::holds) return Repair{one.advice, one.formula, one.text, judgement.proof};
    }
    return std::nullopt;
  }

  Judge& judge_;
  const std::vector<Index>& indices_;
  Expr truth_;
  Material material_;
  Forbidden forbidden_;
  bool wrong_cancels_;
  std::size_t further_;
  Screen screen_;
  double work_ = 0, entries_ = 1;
  std::vector<Mended> found_;
};

}  // namespace

std::optional<Repair> find_repair(Judge& judge, const std::vector<Index>& indices, const Expr& truth, const Expr& wrong,
                                  const std::vector<Expr>& relatives, std::size_t further) {
  return Search(judge, indices, truth, wrong, relatives, further).run();
}

}  // namespace chalktape::claims
