// The published texts, line by line: each verdict as expected, each refutation shown by numbers, each repair right.
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "symbolic/claims/report.hpp"
#include "symbolic/notation/resolve.hpp"
#include "symbolic/roads/compare.hpp"
#include "symbolic/roads/problem.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/claims/files.hpp"

namespace {

using namespace chalktape;
using claims::Verdict;

struct Checked {
  std::filesystem::path path;
  claims::FileResult result;
};

const std::vector<Checked>& all_checked() {
  static const std::vector<Checked> all = [] {
    std::vector<Checked> checked;
    for (const auto& path : tests::published_files())
      checked.push_back({path, claims::check_claims(tests::claims_of(tests::text_of(path), path.filename()))});
    return checked;
  }();
  return all;
}

/// A refuted line of a published text.
struct Refuted {
  const claims::Claim* claim;
  const claims::EquationResult* equation;
  const claims::Chain* chain;
};

std::vector<Refuted> all_refuted() {
  std::vector<Refuted> refuted;
  for (const auto& [path, result] : all_checked()) {
    for (const auto& claim : result.claims) {
      for (const auto& line : claim.lines) {
        for (const auto& equation : line.equations) {
          if (equation.verdict == Verdict::refuted)
            refuted.push_back({&claim.claim, &equation, &claim.claim.chains[line.line.chain]});
        }
      }
    }
  }
  return refuted;
}

engine::Tensor tensor_of(const claims::Input& input) {
  std::vector<double> values;
  for (const auto& entry : input.entries) values.push_back(entry.value);
  engine::Shape shape;
  for (const std::int64_t dimension : input.dimensions) shape.push_back(dimension);
  return engine::Tensor::from(shape, values, engine::DType::f64);
}

/// The counterexample as data for the engine.
roads::Problem problem_of(const claims::Scope& scope, const claims::Counterexample& example) {
  roads::Problem problem;
  problem.layer = scope.layer;
  problem.dtype = engine::DType::f64;
  for (const auto& [size, value] : example.sizes) problem.sizes[size] = value;
  for (const auto& input : example.inputs) {
    if (scope.layer.find_tensor(input.name) != nullptr) {
      problem.tensors.emplace(input.name, tensor_of(input));
    } else if (input.is_upstream) {
      problem.upstream.emplace(input.name.substr(1), tensor_of(input));
    } else {
      problem.constants.emplace(input.name, input.entries.front().value);
    }
  }
  return problem;
}

}  // namespace

TEST_CASE("the published texts have the verdicts that are expected", "[claims]") {
  std::size_t lines = 0;
  for (const auto& [path, result] : all_checked()) {
    INFO(path << "\n" << claims::to_text({result}, {}));
    CHECK(result.as_expected);
    if (path.filename() == "backwards.chalk") continue;
    for (const auto& claim : result.claims) lines += claim.lines.size();
  }
  CHECK(lines >= 60);
}

TEST_CASE("a published text with one expectation flipped is not as expected", "[claims]") {
  const std::string mark = " expect refuted";
  for (const auto& [path, result] : all_checked()) {
    if (path.filename() == "backwards.chalk") continue;
    const std::string text = tests::text_of(path);
    for (const auto& claim : result.claims) {
      for (const auto& line : claim.lines) {
        // Flips the mark at the end of that line of the file.
        std::size_t begin = 0;
        for (int n = 1; n < line.line.span.line; ++n) begin = text.find('\n', begin) + 1;
        const std::size_t end = begin + text.substr(begin).find('\n');
        std::string flipped = text;
        if (line.line.expects_refuted) {
          REQUIRE(text.substr(begin, end - begin).ends_with(mark));
          flipped.erase(end - mark.size(), mark.size());
        } else {
          flipped.insert(end, mark);
        }
        const auto again = claims::check_claims(tests::claims_of(flipped, path.filename()), {.explains = false});
        INFO(path << ", line " << line.line.span.line);
        CHECK_FALSE(again.as_expected);
        std::set<int> unexpected;
        for (const auto& other : again.claims) {
          for (const auto& candidate : other.lines) {
            if (!candidate.as_expected) unexpected.insert(candidate.line.span.line);
          }
        }
        CHECK(unexpected == std::set<int>{line.line.span.line});
      }
    }
  }
}

TEST_CASE("every refuted line has a counterexample that the engine's tape confirms", "[claims]") {
  int confirmed = 0;
  for (const auto& [claim, equation, chain] : all_refuted()) {
    INFO(claim->title << ": " << chain->links[equation->link].text);
    REQUIRE(equation->counterexample.has_value());
    const auto& example = *equation->counterexample;
    CHECK(std::abs(example.truth.value - example.claimed.value) >
          1e-4 * std::max(1.0, std::abs(example.truth.value) + std::abs(example.claimed.value)));
    for (const auto& [size, value] : example.sizes) CHECK((value >= 1 && value <= 3));
    for (const auto& input : example.inputs) {
      for (const auto& entry : input.entries) CHECK(entry.exact);
    }
    // The truth by another way, where it is the gradient of a tensor.
    const auto& truth = *chain->links.front().value;
    if (truth.role != language::Role::gradient) continue;
    const auto* tensor = claim->scope->layer.find_tensor(truth.name.substr(1));
    if (tensor == nullptr) continue;
    const auto problem = problem_of(*claim->scope, example);
    const auto walk = roads::tape_road()->walk(problem);
    std::int64_t flat = 0;
    for (std::size_t axis = 0; axis < tensor->sizes.size(); ++axis) {
      std::int64_t at = -1;
      for (const auto& [index, value] : example.entry) {
        if (index == truth.indices[axis].name) at = value - 1;
      }
      REQUIRE(at >= 0);
      flat = flat * problem.sizes.at(tensor->sizes[axis]) + at;
    }
    CHECK(walk.gradients.at(tensor->name).to_vector()[static_cast<std::size_t>(flat)] ==
          Approx(example.truth.value).margin(1e-12));
    ++confirmed;
  }
  CHECK(confirmed >= 8);
}

TEST_CASE("the repaired line and the right form, put into the file, hold", "[claims]") {
  int repaired = 0, forms = 0;
  for (const auto& refuted : all_refuted()) {
    const auto& [claim, equation, chain] = refuted;
    const auto& links = *chain;  // Clang 14 captures no structured binding
    // They stand in the claim's own names, so they are read in its scope.
    language::Layer scope = claim->scope->layer;
    scope.definitions.insert(scope.definitions.end(), claim->scope->own.begin(), claim->scope->own.end());
    claims::Judge judge(*claim->scope);
    const auto holds = [&](const std::string& text) {
      const auto e = notation::parse_expression(text, scope, {.indices = links.indices});
      return judge.compare(links.indices, links.links.front().value, e.value).verdict == Verdict::holds;
    };
    INFO(claim->title << ": " << chain->links[equation->link].text);
    const bool own_letters = claim->scope->delta != "delta" || !claim->scope->gradient_names.empty();
    if (own_letters) continue;
    if (equation->repair) {
      CHECK(holds(equation->repair->text));
      ++repaired;
    }
    if (equation->right_form) {
      CHECK(holds(*equation->right_form));
      ++forms;
    }
  }
  CHECK(repaired >= 10);
  CHECK(forms >= 10);
}

TEST_CASE("JSON gives each line's verdict, counterexample and repair", "[claims]") {
  const auto json = nlohmann::json::parse(claims::to_json({all_checked().front().result}));
  CHECK(json["as_expected"] == true);
  const auto& file = json["files"][0];
  CHECK(file["file"] == "alternative_backward.chalk");
  const auto& line = file["claims"][1]["lines"][2];
  CHECK(line["verdict"] == "refuted");
  CHECK(line["expected"] == "refuted");
  CHECK(line["fails_against"] == nlohmann::json::array({"truth"}));
  CHECK(line["counterexample"]["sizes"]["N"] == 2);
  CHECK(line["counterexample"]["sizes"]["D"] == 1);
  CHECK(line["counterexample"]["inputs"]["x"][0].size() == 1);
  CHECK(line["repair"]["advice"] == "x[k,j] should be xhat[k,j]");
  CHECK(line["repair"]["line"] == "dgamma[j] = sum[k](dy[k,j]*xhat[k,j])");
  const auto& good = file["claims"][1]["lines"][0];
  CHECK(good["verdict"] == "holds");
  CHECK(good["checked"]["modular"] == 8);
  CHECK(good["proof"]["proved"] == true);
  CHECK(good["counterexample"].is_null());
  CHECK(good["repair"].is_null());
}
