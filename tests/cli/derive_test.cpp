// `chalktape derive`, from outside: golden files, the same bytes every time, the JSON's promises.
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/cli/process.hpp"

namespace {

using namespace chalktape::cli::testing;
using Catch::Matchers::Contains;
using nlohmann::json;

/// A printed form: the arguments that ask for it, and how the golden file ends.
struct Form {
  std::vector<std::string> arguments;
  std::string ending;
};

const std::vector<Form>& forms() {
  static const std::vector<Form> all{{{"--ascii"}, ".txt"},
                                     {{"--unicode"}, ".utf8.txt"},
                                     {{"--format", "latex"}, ".tex"},
                                     {{"--format", "json", "--no-times"}, ".json"}};
  return all;
}

/// The same, written out at concrete sizes.
std::vector<Form> forms_at_sizes() {
  std::vector<Form> all = forms();
  for (Form& form : all) {
    form.arguments.insert(form.arguments.end(), {"--at", "N=3"});
    form.ending = ".at" + form.ending;
  }
  return all;
}

Finished derive(const std::string& layer, const std::vector<std::string>& more) {
  std::vector<std::string> arguments{"derive", layer};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_chalktape(arguments);
}

json derivation_of(const std::string& layer) {
  const Finished run = derive(layer, {"--format", "json"});
  REQUIRE(run.err.empty());
  REQUIRE(run.status == 0);
  return json::parse(run.out);
}

const json& gradient_of(const json& derivation, const std::string& tensor) {
  for (const json& gradient : derivation["gradients"]) {
    if (gradient["of"] == tensor) return gradient;
  }
  FAIL("no gradient of " << tensor);
  return derivation;
}

}  // namespace

TEST_CASE("the command prints what the golden files have") {
  for (const Form& form : forms()) {
    const std::string file = "batch_norm" + form.ending;
    INFO(file << " (./run golden writes it anew)");
    const Finished run = derive("batch_norm", form.arguments);
    CHECK(run.status == 0);
    CHECK(run.err.empty());
    CHECK(run.out == read_file(std::string(CHALKTAPE_TOP) + "/tests/golden/" + file));
  }
}

TEST_CASE("the command prints what the golden files have at concrete sizes") {
  for (const char* layer : {"batch_norm", "instance_norm"}) {
    for (const Form& form : forms_at_sizes()) {
      const std::string file = layer + form.ending;
      INFO(file << " (./run golden writes it anew)");
      const Finished run = derive(layer, form.arguments);
      CHECK(run.status == 0);
      CHECK(run.err.empty());
      CHECK(run.out == read_file(std::string(CHALKTAPE_TOP) + "/tests/golden/" + file));
    }
  }
}

TEST_CASE("derive: a page for a browser") {
  const Finished run = derive("batch_norm", {"--format", "html", "--wrt", "x", "--notation", "leibniz"});
  CHECK(run.status == 0);
  CHECK(run.err.empty());
  CHECK(run.out.find("<!doctype html>\n") == 0);
  CHECK(run.out.find("layer batch_norm(x[N,D]") != std::string::npos);  // as its author wrote it
  CHECK(run.out.find("<script") == std::string::npos);
  const Finished written = derive("batch_norm", {"--format", "html", "--at", "N=3"});
  CHECK(written.status == 2);
  CHECK(written.err.find("--at writes text, LaTeX or JSON") != std::string::npos);
}

TEST_CASE("derive: an error in the algebra has its line and a caret") {
  const TemporaryFolder folder;
  const std::string file = folder.write("f.chalk", "layer f(x[N])\n  y[i] = x[i]/(x[i] - x[i])\n  return y\n");
  const Finished run = derive(file, {});
  CHECK(run.status == 2);
  CHECK(run.err == file + ":2:10: error: division by zero\n  y[i] = x[i]/(x[i] - x[i])\n         ^~~~~~~~~~~~~~~~~~\n");
  const Finished of = derive("mse", {"--of", "x[i,j]/(2 - 2)"});
  CHECK(of.status == 2);
  CHECK(of.err.find("--of:1:1: error: division by zero\nx[i,j]/(2 - 2)\n^~~") == 0);
}

TEST_CASE("twenty runs give the same bytes in every format") {
  // Addresses differ from run to run, and with them GiNaC's own order of terms.
  for (const Form& form : forms()) {
    const std::string first = derive("batch_norm", form.arguments).out;
    for (int run = 1; run < 20; ++run) {
      INFO("run " << run << " of " << form.ending);
      REQUIRE(derive("batch_norm", form.arguments).out == first);
    }
  }
  const std::string first = derive("attention", {"--at", "N=2", "--detail", "full"}).out;
  for (int run = 1; run < 10; ++run) REQUIRE(derive("attention", {"--at", "N=2", "--detail", "full"}).out == first);
}

TEST_CASE("--at in JSON: sizes, and every formula with its entries") {
  const json derivation = json::parse(derive("batch_norm", {"--at", "N=3,D=2", "--format", "json"}).out);
  const json& at = derivation["at"];
  CHECK(at["sizes"] == json({{"N", 3}, {"D", 2}}));
  CHECK(at["definitions"][0]["name"] == "mu[j]");
  CHECK(at["definitions"][0]["entries"][1]["name"] == "mu[2]");
  CHECK(at["definitions"][0]["entries"][1]["text"] == "(x[1,2] + x[2,2] + x[3,2])/3");
  REQUIRE(at["gradients"].size() == 6);
  const json& x = at["gradients"][5];
  CHECK(x["name"] == "dx[i,j]");
  // Its steps are counted as the document's.
  CHECK(x["steps"].back()["of"] == gradient_of(derivation, "x")["steps"].size());
  CHECK(x["steps"].back()["entries"].size() == 6);
  CHECK(x["steps"][0]["all"] == false);
  const json& variance = x["steps"][0]["derivatives"][1];
  CHECK(variance["name"] == "diff(var[k], x[i,j]; mu)");
  CHECK(variance["fixed"] == json({{"i", 1}, {"j", 1}}));
  CHECK(variance["cases"][0]["where"] == "j = k");
  CHECK(variance["cases"][0]["text"] == "2/N*(x[i,j] - mu[j])");
  CHECK(variance["entries"][0]["text"] == "2/3*(x[1,1] - mu[1])");
  CHECK(variance["entries"][1]["text"] == "0");
}

TEST_CASE("--at and --step refuse what makes no sense, before anything is derived where they can") {
  const auto error = [](const std::vector<std::string>& arguments) {
    const Finished run = derive("batch_norm", arguments);
    CHECK(run.status == 2);
    CHECK(run.out.empty());
    return run.err;
  };
  CHECK(error({"--at", "n=3"}) == "chalktape: error: batch_norm has no size 'n' (it has N, D); did you mean 'N'?\n");
  CHECK(error({"--at", "N=0"}) == "chalktape: error: --at N=0: a size is at least 1\n");
  CHECK(error({"--at", "N=-3"}) == "chalktape: error: --at N=-3: a size is at least 1\n");
  CHECK(error({"--at", "N=2.5"}) == "chalktape: error: --at N=2.5: a size is a whole number such as 128\n");
  CHECK(error({"--at", "N=3,N=4"}) == "chalktape: error: --at gives N twice\n");
  CHECK(error({"--at", "3"}) == "chalktape: error: --at '3': expected something like N=128,D=64\n");
  CHECK(error({"--step", "3"}) == "chalktape: error: --step requires --at (see chalktape derive --help)\n");
  CHECK(error({"--at", "N=3", "--step", "dx:"}) ==
        "chalktape: error: --step dx:: expected a number such as 3, or a gradient's step such as dvar:3\n");
  CHECK_THAT(error({"--at", "N=3", "--step", "dx:99"}), Contains("--step dx:99: there is no such step"));
  CHECK_THAT(error({"--at", "N=1000,D=1000"}), Contains("more than anybody reads"));
}

TEST_CASE("the JSON of a derivation keeps what its format promises") {
  const json derivation = derivation_of("affine_batch_norm_relu");
  CHECK(derivation["layer"] == "affine_batch_norm_relu");
  CHECK(derivation["sizes"] == json::array({"N", "D", "M"}));
  CHECK(derivation["style"] == "staged");
  CHECK(derivation["milliseconds"]["derive"].get<double>() > 0);
  CHECK(derivation["gradients"].size() == 5);
  for (const char* list : {"gradients", "intermediates"}) {
    for (const json& gradient : derivation[list]) {
      INFO(gradient["name"]);
      std::string last = gradient["name"];
      REQUIRE(!gradient["steps"].empty());
      for (const json& step : gradient["steps"]) {
        CHECK(step["before"] == last);
        CHECK(step["after"] != last);
        CHECK(!step["why"].get<std::string>().empty());
        CHECK(step["checked"]["modular"] == 8);
        CHECK(step["checked"]["digits"] == 50);
        CHECK(step["checked"]["points"] >= 3);
        CHECK(step["checked"]["worst"].get<double>() < 1e-48);
        last = step["after"];
      }
      CHECK(gradient["text"] == last);
    }
  }
}

TEST_CASE("an affine layer before batch norm: no gradient for its bias, the others through dh") {
  const json derivation = derivation_of("affine_batch_norm_relu");
  CHECK(gradient_of(derivation, "b")["text"] == "0");
  CHECK_THAT(gradient_of(derivation, "W")["text"].get<std::string>(), Contains("dh["));
  CHECK_THAT(gradient_of(derivation, "x")["text"].get<std::string>(), Contains("dh["));
  CHECK_THAT(derivation["definitions"].dump(), Contains("step(z["));
}

TEST_CASE("batch norm's gradient needs no sum that is not there") {
  const json derivation = derivation_of("batch_norm");
  CHECK(gradient_of(derivation, "x")["cost"]["sums"] == 0);
  CHECK(gradient_of(derivation, "gamma")["cost"]["sums"] == 1);
  CHECK(gradient_of(derivation, "beta")["cost"]["sums"] == 1);
}

TEST_CASE("--wrt shows the gradients asked for, and what they use") {
  const Finished run = derive("batch_norm", {"--wrt", "x", "--format", "json"});
  const json derivation = json::parse(run.out);
  REQUIRE(derivation["gradients"].size() == 1);
  CHECK(derivation["gradients"][0]["of"] == "x");
  CHECK_THAT(derivation["definitions"].dump(), Contains("dgamma[j]") && Contains("dbeta[j]") && Contains("istd[j]"));
}

TEST_CASE("what cannot be derived is said, with exit status 2") {
  const Finished wrong = derive("batch_norm", {"--wrt", "z"});
  CHECK(wrong.status == 2);
  CHECK(wrong.err ==
        "chalktape: error: --wrt: batch_norm has no tensor 'z'; its signature is batch_norm(x[N,D], gamma[D], beta[D]; "
        "eps = 1e-5)\n");
  const TemporaryFolder folder;
  const std::string file = folder.write("root.chalk", "layer root(x[N])\n  y[i] = sqrt(-1 - x[i]^2)\n  return y\n");
  const Finished never = derive(file, {});
  CHECK(never.status == 2);
  CHECK(never.out.empty());
  CHECK_THAT(never.err, Contains("cannot be evaluated at random points"));
  const std::string three = folder.write(
      "three.chalk", "layer three(x[N,D])\n  a[i] = x[i]\n  b[i,j] = tanhh(x[i,j])\n  y[i,j] = c[i,j]\n  return y\n");
  const Finished mistakes = derive(three, {});
  CHECK(mistakes.status == 2);
  std::size_t errors = 0;
  for (std::size_t at = mistakes.err.find(": error: "); at != std::string::npos;
       at = mistakes.err.find(": error: ", at + 1))
    ++errors;
  CHECK(errors == 3);
}
