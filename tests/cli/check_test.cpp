// chalktape check from outside.
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/cli/process.hpp"

namespace {

using namespace chalktape::cli::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

const std::string right = "about batch_norm\nclaim \"right\"\n  dbeta[j] = sum[i](dy[i,j])\n";
const std::string wrong = "about batch_norm\nclaim \"wrong\"\n  dgamma[j] = sum[k](dy[k,j]*x[k,j])";

}  // namespace

TEST_CASE("check: 0 where all is as expected, 1 where it is not, 2 for bad input") {
  const TemporaryFolder folder;
  const std::string good = folder.write("good.chalk", right);
  const std::string marked = folder.write("marked.chalk", wrong + " expect refuted\n");
  const std::string bad = folder.write("bad.chalk", wrong + "\n");
  CHECK(run_chalktape({"check", good, marked}).status == 0);
  const Finished run = run_chalktape({"check", good, bad});
  CHECK(run.status == 1);
  CHECK(run.err.empty());
  CHECK_THAT(run.out, Contains("! it was expected to hold"));
  CHECK_THAT(run.out, Contains("repair: x[k,j] should be xhat[k,j]"));
  CHECK_THAT(run.out, Contains("1 line holds, 1 is refuted: 1 not as expected\n"));

  const std::string broken = folder.write("broken.chalk", wrong + " expect\n  dx[i,j] = q\n");
  const Finished errors = run_chalktape({"check", broken, good});
  CHECK(errors.status == 2);
  CHECK(errors.out.empty());
  CHECK_THAT(errors.err, Contains("broken.chalk:3:44: error: expected 'refuted', but the line ends here"));
  CHECK_THAT(errors.err, Contains("broken.chalk:4:13: error: unknown name 'q'"));
  CHECK(run_chalktape({"check", (folder.path() / "none.chalk").string()}).status == 2);
  CHECK(run_chalktape({"check"}).status == 2);
}

TEST_CASE("check: a layer that is wrong keeps no claim about another one from being judged") {
  const TemporaryFolder folder;
  const std::string layers =
      "layer wrong(x[N])\n  y[i] = q\n  return y\nlayer right(x[N])\n  y[i] = 2*x[i]\n  return y\n";
  const std::string about_right = "claim \"a\"\n  dx[i] = 2*dy[i]\n";
  const Finished unaffected = run_chalktape({"check", folder.write("a.chalk", layers + about_right)});
  CHECK(unaffected.status == 0);
  CHECK_THAT(unaffected.out, Contains("1 line holds"));
  CHECK_THAT(unaffected.err, Contains("a.chalk:2:10: error: unknown name 'q'"));
  const Finished affected =
      run_chalktape({"check", folder.write("b.chalk", layers + about_right + "about wrong\n" + about_right)});
  CHECK(affected.status == 2);
  CHECK_THAT(affected.out, Contains("1 line holds"));
  CHECK_THAT(affected.err, Contains("b.chalk:2:10: error: unknown name 'q'"));
  const Finished overflow = run_chalktape(
      {"check",
       folder.write("c.chalk",
                    "about relu\nclaim \"a\"\n  dx[i] = 1e9999999999999999999*x[i]^1e-9999999999999999999\n")});
  CHECK(overflow.status == 2);
  CHECK_THAT(overflow.err, Contains("c.chalk:3:11: error: an exponent beyond 400") &&
                               Contains("c.chalk:3:38: error: an exponent beyond 400"));
}

TEST_CASE("check: layers of other files are found beside the claims") {
  const TemporaryFolder folder;
  (void)folder.write("layers.chalk",
                     "layer f(x[N])\n  y[i] = x[i]\n  return y\nlayer g(x[N])\n  y[i] = x[i]^2\n  return y\n");
  const std::string rest = "claim \"a\"\n  dx[i] = 2*x[i]*dy[i]\n";
  CHECK(run_chalktape({"check", folder.write("a.chalk", "about layers.chalk:g\n" + rest)}).status == 0);
  CHECK(run_chalktape({"check", folder.write("b.chalk", "about layers.chalk\n" + rest)}).status == 1);
  const Finished absent = run_chalktape({"check", folder.write("c.chalk", "about layers.chalk:h\n" + rest)});
  CHECK(absent.status == 2);
  CHECK_THAT(absent.err, Contains("c.chalk:1:7: error:"));
  CHECK_THAT(absent.err, Contains("has no layer 'h'"));
  CHECK_THAT(run_chalktape({"check", folder.write("d.chalk", "about gone.chalk:h\n" + rest)}).err,
             Contains("cannot read 'gone.chalk'"));
}

TEST_CASE("check: JSON, the same bytes each time, and -o") {
  const std::vector<std::string> arguments{"check", "examples/published/alternative_backward.chalk", "--format",
                                           "json"};
  const Finished run = run_chalktape(arguments);
  CHECK(run.status == 0);
  CHECK(run.out == run_chalktape(arguments).out);
  const auto json = nlohmann::json::parse(run.out);
  CHECK(json["as_expected"] == true);
  const auto& line = json["files"][0]["claims"][0]["lines"][3];
  CHECK(line["verdict"] == "refuted");
  CHECK(line["counterexample"]["left"] != line["counterexample"]["right"]);
  CHECK(line["repair"]["line"] == "y[k,l] = gamma[l]*xhat[k,l] + beta[l]");
  const TemporaryFolder folder;
  const std::string output = (folder.path() / "out.txt").string();
  CHECK(run_chalktape({"check", "examples/homework/3_corrected.chalk", "-o", output}).status == 0);
  CHECK_THAT(read_file(output), StartsWith("examples/homework/3_corrected.chalk\n"));
}

TEST_CASE("compare: a candidate is one more road") {
  const TemporaryFolder folder;
  const std::string numbers = (folder.path() / "numbers").string();
  const std::vector<std::string> common{"compare", "batch_norm", "--size", "N=6,D=4", "--dtype", "f64"};
  const auto with = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all = common;
    all.insert(all.end(), more.begin(), more.end());
    return run_chalktape(all);
  };
  REQUIRE(with({"--dump", numbers}).status == 0);
  const auto candidate = [&](const std::string& gradient, const std::string& file) {
    return "--candidate=" + gradient + "=" + numbers + "/" + file + ".npy";
  };
  const Finished good = with({candidate("dx", "derived_dx"), candidate("dbeta", "fused_dbeta")});
  CHECK(good.status == 0);
  CHECK_THAT(good.out, Contains("candidate"));
  const Finished wrong_one = with({candidate("dgamma", "tape_dbeta"), "--format", "json"});
  CHECK(wrong_one.status == 1);
  const auto json = nlohmann::json::parse(wrong_one.out);
  CHECK(json["agree"] == false);
  CHECK(json["roads"].back() == "candidate");
  CHECK(json["diagnoses"][0]["of"] == "gamma");
  CHECK(json["diagnoses"][0]["entry"].size() == 1);
  const Finished shape = with({candidate("dx", "gamma")});
  CHECK(shape.status == 2);
  CHECK_THAT(shape.err, Contains("dx has the shape (4,), not (6, 4)"));
  CHECK_THAT(with({candidate("dz", "gamma")}).err, Contains("has no tensor 'z'"));
  CHECK_THAT(with({"--candidate", "x=a.npy"}).err, Contains("expected a gradient's file"));
  CHECK_THAT(with({candidate("dx", "tape_dx"), candidate("dx", "tape_dx")}).err, Contains("gives dx twice"));
}
