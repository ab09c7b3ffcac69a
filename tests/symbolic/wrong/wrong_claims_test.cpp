// Some of the wrong claims that ./run soak makes by the thousand.
#include <algorithm>
#include <iostream>
#include <vector>

#include "tests/catch.hpp"
#include "tests/symbolic/wrong/examine.hpp"

namespace {

using namespace chalktape::wrong_claims;

#ifdef CHALKTAPE_SANITIZED
constexpr std::uint64_t claims_tried = 20;
#else
constexpr std::uint64_t claims_tried = 150;
#endif

}  // namespace

TEST_CASE("repairs of random mistakes undo most of them") {
  Corpus corpus;
  CHECK(corpus.lines().size() > 100);
  std::vector<Outcome> outcomes;
  for (std::uint64_t seed = 1; seed <= claims_tried; ++seed) outcomes.push_back(corpus.examine(seed));
  std::cout << report_of(outcomes);
  std::size_t refuted = 0, undone = 0, wrong = 0;
  for (const Outcome& outcome : outcomes) {
    wrong += outcome.repair == Outcome::Repair::wrong ? 1 : 0;
    if (!outcome.is_wrong || outcome.verdict != "refuted") continue;
    ++refuted;
    undone += outcome.repair == Outcome::Repair::undoes ? 1 : 0;
  }
  CHECK(undone * 10 >= refuted * 8);
  CHECK(wrong * 50 <= refuted);  // what the judge's points do not reach, it cannot see
}

TEST_CASE("a seed's claim is the same always") {
  Corpus corpus;
  for (const std::uint64_t seed : {3U, 17U, 1000U}) CHECK(corpus.examine(seed).text == corpus.examine(seed).text);
}
