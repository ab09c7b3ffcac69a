// Right claims with one mistake in each: what changes the value is refuted, what does not holds, and the repair that is
// named is a right one.
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

#include <fmt/format.h>

#include "symbolic/check/checker.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/claims/files.hpp"
#include "tests/symbolic/claims/mutations.hpp"

namespace {

using namespace chalktape;

struct Count {
  int changed = 0, refuted = 0, repaired = 0, kept = 0;
};

/// The claim with another formula on the right of one of its lines, and no other line to be judged.
claims::Claim with_mistake(const claims::Claim& claim, const claims::Line& line, const language::Expr& formula) {
  claims::Claim wrong = claim;
  claims::Chain& chain = wrong.chains[line.chain];
  chain.links.resize(line.begin + 1);
  chain.links.back().value = formula;
  wrong.lines = {line};
  wrong.lines.front().end = line.begin + 1;
  return wrong;
}

}  // namespace

TEST_CASE("single mistakes in right claims are refuted, and mended") {
#if defined(__SANITIZE_ADDRESS__)
  constexpr std::size_t every = 12, wanted = 50;  // of so many lines one, which under sanitizers takes as long
#else
  constexpr std::size_t every = 1, wanted = 1000;
#endif
  std::size_t lines = 0;
  constexpr std::size_t of_each_kind = 2;
  std::map<std::string, Count> counts;
  for (const auto& path : tests::published_files()) {
    const claims::ClaimFile file = tests::claims_of(tests::text_of(path), path.filename());
    for (const claims::Claim& claim : file.claims) {
      // The other checker knows no literal indices.
      if (!claim.scope->least_sizes.empty()) continue;
      const check::Checker checker(claim.scope->layer, claim.scope->own, check::Checker::Laws::of_functions);
      claims::ClaimFile wrong{.source = file.source};
      std::vector<std::pair<std::string, bool>> expected;
      for (const claims::Line& line : claim.lines) {
        if (line.expects_refuted || claim.expects_refuted || lines++ % every != 0) continue;
        const claims::Chain& chain = claim.chains[line.chain];
        const auto mutants =
            tests::mutants_of(*claim.scope, chain.links[line.begin].value, chain.indices, of_each_kind);
        for (const tests::Mutant& mutant : mutants) {
          const auto verdict = checker.check(chain.links.front().value, chain.indices, mutant.formula);
          if (verdict.where.find("no value") != std::string::npos) continue;  // the root of what may be negative
          wrong.claims.push_back(with_mistake(claim, line, mutant.formula));
          expected.emplace_back(mutant.kind, verdict.holds);
        }
      }
      const claims::FileResult result = claims::check_claims(wrong);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto& [kind, holds] = expected[i];
        const claims::EquationResult& equation = result.claims[i].lines.front().equations.front();
        Count& count = counts[kind];
        const claims::Claim& mutated = wrong.claims[i];
        const auto& chain = mutated.chains[mutated.lines.front().chain];
        INFO(path.filename() << ", line " << mutated.lines.front().span.line << ", " << kind << ": "
                             << claim.scope->written(chain.links.back().value));
        CHECK(equation.verdict == (holds ? claims::Verdict::holds : claims::Verdict::refuted));
        if (holds) {
          ++count.kept;
          continue;
        }
        ++count.changed;
        if (equation.verdict == claims::Verdict::refuted) ++count.refuted;
        CHECK(equation.counterexample.has_value());
        if (equation.repair) {
          ++count.repaired;
          CHECK(checker.check(chain.links.front().value, chain.indices, equation.repair->formula).holds);
        } else if (std::getenv("CHALKTAPE_SHOW_UNREPAIRED") != nullptr) {
          std::cout << path.filename().string() << ":" << mutated.lines.front().span.line << " " << kind << ": "
                    << claim.scope->written(chain.links.front().value) << " = "
                    << claim.scope->written(chain.links.back().value) << "\n";
        }
      }
    }
  }
  Count all;
  for (const auto& [kind, count] : counts) {
    std::cout << fmt::format("{:<13} {:>5} change the value, {:>5} refuted, {:>5} mended; {:>4} keep it\n", kind,
                             count.changed, count.refuted, count.repaired, count.kept);
    all.changed += count.changed;
    all.refuted += count.refuted;
    all.repaired += count.repaired;
    all.kept += count.kept;
  }
  std::cout << fmt::format("{:<13} {:>5} change the value, {:>5} refuted, {:>5} mended; {:>4} keep it\n", "all",
                           all.changed, all.refuted, all.repaired, all.kept);
  CHECK(all.changed >= static_cast<int>(wanted));
  CHECK(all.refuted == all.changed);
  CHECK(all.repaired * 10 >= all.changed * 8);
}
