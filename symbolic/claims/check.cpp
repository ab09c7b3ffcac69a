#include "symbolic/claims/check.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "symbolic/claims/right_form.hpp"
#include "symbolic/claims/sites.hpp"
#include "symbolic/notation/algebra.hpp"
#include "symbolic/notation/door.hpp"

namespace chalktape::claims {

using language::Expr;

namespace {

class FileChecker {
 public:
  FileChecker(const ClaimFile& file, const CheckOptions& options) : file_(file), options_(options) {}

  FileResult run() {
    notation::forget_keys();
    FileResult result{.file = file_.source.name()};
    for (const Claim& claim : file_.claims) {
      for (const Line& line : claim.lines) further_[claim.scope.get()] += line.end - line.begin;
    }
    result.as_expected = true;
    for (const Claim& claim : file_.claims) {
      result.claims.push_back(check(claim));
      result.as_expected = result.as_expected && result.claims.back().as_expected;
      // Claims with names of their own have a judge of their own, which is of no use any more.
      if (further_[claim.scope.get()] == 0) judges_.erase(claim.scope.get());
    }
    return result;
  }

 private:
  Judge& judge_of(const Claim& claim) {
    auto& judge = judges_[claim.scope.get()];
    if (!judge) judge = std::make_unique<Judge>(*claim.scope);
    return *judge;
  }

  ClaimResult check(const Claim& claim) {
    ClaimResult result{.claim = claim};
    bool some_refuted = false, some_undecided = false, some_marked = false;
    for (const Line& line : claim.lines) {
      result.lines.push_back(check(claim, line, result.lines));
      some_refuted = some_refuted || result.lines.back().verdict == Verdict::refuted;
      some_undecided = some_undecided || result.lines.back().verdict == Verdict::undecided;
      some_marked = some_marked || line.expects_refuted;
    }
    result.verdict = some_refuted ? Verdict::refuted : some_undecided ? Verdict::undecided : Verdict::holds;
    result.as_expected = !claim.expects_refuted || some_refuted;
    for (LineResult& line : result.lines) {
      const Verdict expected = line.line.expects_refuted ? Verdict::refuted : Verdict::holds;
      const bool only_the_title_says = claim.expects_refuted && !some_marked;
      line.as_expected =
          only_the_title_says ? some_refuted && line.verdict != Verdict::undecided : line.verdict == expected;
      result.as_expected = result.as_expected && line.as_expected;
    }
    return result;
  }

  LineResult check(const Claim& claim, const Line& line, const std::vector<LineResult>& before) {
    LineResult result{.line = line, .verdict = Verdict::holds};
    for (std::size_t link = line.begin; link < line.end; ++link) {
      const EquationResult* previous = nullptr;
      if (!result.equations.empty()) {
        previous = &result.equations.back();
      } else if (!before.empty() && link > 1) {
        previous = &before.back().equations.back();
      }
      result.equations.push_back(check(claim, claim.chains[line.chain], link, previous));
      const Verdict verdict = result.equations.back().verdict;
      if (verdict == Verdict::refuted) result.verdict = Verdict::refuted;
      if (verdict == Verdict::undecided && result.verdict == Verdict::holds) result.verdict = Verdict::undecided;
    }
    return result;
  }

  /// `previous` is what is known of the link before, where that is not the first.
  EquationResult check(const Claim& claim, const Chain& chain, std::size_t link, const EquationResult* previous) {
    Judge& judge = judge_of(claim);
    std::size_t& further = further_[claim.scope.get()];
    if (further > 0) --further;
    EquationResult result{.link = link};
    const Expr& truth = chain.links.front().value;
    const Expr& claimed = chain.links[link].value;
    result.judgement = judge.judge(chain.indices, truth, claimed, further);
    result.verdict = result.judgement.verdict;
    result.fails_truth = result.verdict == Verdict::refuted;
    if (previous == nullptr) {
      result.fails_previous = result.fails_truth;
    } else {
      against_previous(judge, chain, link, *previous, result);
    }
    if (result.verdict == Verdict::refuted && options_.explains) explain(claim, chain, link, judge, result);
    return result;
  }

  /// What is equal to the truth is equal to what is equal to it.
  static void against_previous(Judge& judge, const Chain& chain, std::size_t link, const EquationResult& previous,
                               EquationResult& result) {
    const Verdict truth = result.verdict;
    const bool both_known = truth != Verdict::undecided && previous.judgement.verdict != Verdict::undecided;
    const bool one_holds = truth == Verdict::holds || previous.judgement.verdict == Verdict::holds;
    Verdict verdict = Verdict::undecided;
    if (both_known && one_holds) {
      verdict = truth == previous.judgement.verdict ? Verdict::holds : Verdict::refuted;
    } else {
      const Judgement judgement = judge.compare(chain.indices, chain.links[link - 1].value, chain.links[link].value);
      verdict = judgement.verdict;
      if (verdict == Verdict::undecided && truth == Verdict::holds) result.judgement = judgement;
    }
    result.fails_previous = verdict == Verdict::refuted;
    if (result.fails_previous) result.verdict = Verdict::refuted;
    if (verdict == Verdict::undecided && truth == Verdict::holds) result.verdict = Verdict::undecided;
  }

  void explain(const Claim& claim, const Chain& chain, std::size_t link, Judge& judge, EquationResult& result) {
    result.counterexample = find_counterexample(*claim.scope, chain, link, !result.fails_truth);
    if (!result.fails_truth) return;
    const Expr& truth = chain.links.front().value;
    std::vector<Expr> relatives;
    if (auto form = forms_.find(*claim.scope, truth)) {
      if (judge.compare(chain.indices, truth, *form).verdict == Verdict::holds) {
        result.right_form = claim.scope->written(without_shadows(*form, chain.indices));
        result.right_definitions = definitions_of(claim, *form, judge);
        relatives.push_back(std::move(*form));
      }
    }
    for (const Chain& other : claim.chains) {
      for (const Link& relative : other.links) relatives.push_back(relative.value);
    }
    result.repair =
        find_repair(judge, chain.indices, truth, chain.links[link].value, relatives, further_[claim.scope.get()]);
  }

  /// What the form cites and the claim does not.
  std::vector<std::string> definitions_of(const Claim& claim, const Expr& form, Judge& judge) {
    std::set<std::string> known;
    for (const Chain& chain : claim.chains) {
      for (const Link& link : chain.links) language::collect_names(link.value, known);
    }
    std::vector<std::string> definitions;
    for (const NamedForm& named : forms_.definitions_of(*claim.scope, form, std::move(known))) {
      if (judge.compare(named.indices, named.left, named.value).verdict != Verdict::holds) continue;
      definitions.push_back(claim.scope->written(named.left) + " = " +
                            claim.scope->written(without_shadows(named.value, named.indices)));
    }
    return definitions;
  }

  const ClaimFile& file_;
  const CheckOptions& options_;
  std::map<const Scope*, std::unique_ptr<Judge>> judges_;
  std::map<const Scope*, std::size_t> further_;  ///< equations that are still to come
  RightForms forms_;
};

}  // namespace

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds:
      return "holds";
    case Verdict::refuted:
      return "refuted";
    case Verdict::undecided:
      break;
  }
  return "cannot decide";
}

FileResult check_claims(const ClaimFile& file, const CheckOptions& options) {
  const notation::OneAtATime door;
  return FileChecker(file, options).run();
}

}  // namespace chalktape::claims
