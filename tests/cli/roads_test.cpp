// The subcommands compare, graph and trace from outside.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/cli/process.hpp"

namespace {

using namespace chalktape::cli::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

/// The message of a run that must fail with 2 and print nothing else.
std::string failure(const std::vector<std::string>& arguments) {
  const Finished run = run_chalktape(arguments);
  CHECK(run.status == 2);
  CHECK(run.out.empty());
  return run.err;
}

}  // namespace

TEST_CASE("compare: the roads agree on the iris data") {
  const Finished run = run_chalktape({"compare", "batch_norm", "--input", "x=examples/data/iris.csv:1-4"});
  CHECK(run.status == 0);
  CHECK(run.err.empty());
  CHECK_THAT(run.out, StartsWith("batch_norm: f32, N = 150, D = 4, seed 1\n"));
  CHECK_THAT(run.out, Contains("\nall roads agree\n"));
}

TEST_CASE("compare: JSON, and the same bytes each time") {
  const std::vector<std::string> arguments{"compare", "batch_norm", "--size", "N=6,D=3",  "--dtype",
                                           "f64",     "--seed",     "7",      "--format", "json"};
  const Finished run = run_chalktape(arguments);
  CHECK(run.status == 0);
  CHECK(run.out == run_chalktape(arguments).out);
  const auto json = nlohmann::json::parse(run.out);
  CHECK(json["sizes"] == nlohmann::json{{"N", 6}, {"D", 3}});
  CHECK(json["dtype"] == "f64");
  CHECK(json["agree"] == true);
  for (const auto& gradient : json["gradients"]) CHECK(gradient["error"]["tape"] <= 1e-12);
}

TEST_CASE("compare: dumps, and reads what it dumped") {
  const TemporaryFolder folder;
  const std::string numbers = (folder.path() / "numbers").string();
  const Finished first = run_chalktape(
      {"compare", "batch_norm", "--size", "N=6,D=3", "--seed", "7", "--dump", numbers, "--format", "json"});
  CHECK(first.status == 0);
  for (const char* file : {"x", "gamma", "beta", "dy", "tape_dx", "derived_dgamma", "fused_dbeta", "difference_dx"})
    CHECK(std::filesystem::exists(numbers + "/" + file + ".npy"));
  std::vector<std::string> again{"compare", "batch_norm", "--seed", "7", "--format", "json"};
  for (const char* name : {"x", "gamma", "beta", "dy"}) {
    again.emplace_back("--input");
    again.push_back(std::string(name) + "=" + numbers + "/" + name + ".npy");
  }
  CHECK(run_chalktape(again).out == first.out);
}

TEST_CASE("compare: columns of a table, and a layer from a file") {
  const TemporaryFolder folder;
  const std::string layer = folder.write("cube.chalk", "layer cube(x[N,D])\n  y[i,j] = x[i,j]^3\n  return y\n");
  const std::string table = folder.write("t.csv", "a,b,c\n1,2,3\n4,5,6\n");
  const Finished run = run_chalktape({"compare", layer, "--input", "x=" + table + ":1,3", "--format", "json"});
  CHECK(run.status == 0);
  CHECK(nlohmann::json::parse(run.out)["sizes"] == nlohmann::json{{"N", 2}, {"D", 2}});
}

TEST_CASE("compare: bad input is refused in words") {
  const auto compare = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"compare", "batch_norm"});
    return failure(arguments);
  };
  CHECK_THAT(compare({"--size", "N=10^12"}), Contains("--size N=10^12: a size is a whole number such as 128"));
  CHECK_THAT(compare({"--size", "N=1000000000000"}), Contains("scalar operations; the limit is"));
  CHECK_THAT(compare({"--size", "N=99999999999999999999"}), Contains("the size is too large"));
  CHECK_THAT(compare({"--size", "N=0"}), Contains("a size is at least 1"));
  CHECK_THAT(compare({"--size", "N"}), Contains("expected something like N=128,D=64"));
  CHECK_THAT(compare({"--size", "N=3,N=4"}), Contains("--size gives N twice"));
  CHECK_THAT(compare({"--size", "K=3"}), Contains("batch_norm has no size 'K'"));
  CHECK_THAT(compare({"--input", "x"}), Contains("expected something like x=FILE.csv:1-4 or x=FILE.npy"));
  CHECK_THAT(compare({"--input", "x=missing.csv"}), Contains("missing.csv"));
  CHECK_THAT(compare({"--input", "z=examples/data/iris.csv:1-4"}), Contains("batch_norm has no tensor 'z'"));
  CHECK_THAT(compare({"--input", "gamma=examples/data/iris.csv:1-4"}),
             Contains("gamma[D] has 1 axis, but its data have shape (150, 4)"));
  CHECK_THAT(compare({"--input", "x=examples/data/iris.csv:1-4", "--size", "D=5"}),
             Contains("x[N,D] has shape (150, 4), which gives D = 4, but D = 5 by --size"));
  CHECK_THAT(compare({"--dtype", "f16"}), Contains("f16"));
  CHECK_THAT(compare({"--seed", "-1"}), Contains("the seed is a whole number, not -1"));
  CHECK_THAT(compare({"--constant", "eps=x"}), Contains("a constant is a number such as 1e-5"));
  CHECK_THAT(compare({"--dump", "/dev/null/folder"}), Contains("cannot create the folder '/dev/null/folder'"));
}

TEST_CASE("graph: text, Graphviz' language and a picture") {
  const Finished text = run_chalktape({"graph", "batch_norm", "--format", "text"});
  CHECK(text.status == 0);
  CHECK_THAT(text.out, Contains("xhat = multiply(v5, v10) : NxD\n"));
  CHECK_THAT(run_chalktape({"graph", "batch_norm", "--format", "text", "--unicode"}).out, Contains(" : N×D\n"));
  CHECK_THAT(run_chalktape({"graph", "batch_norm", "--format", "dot"}).out, StartsWith("digraph "));
  const Finished picture = run_chalktape({"graph", "batch_norm", "--backward"});
  CHECK_THAT(picture.out, Contains("<svg"));
  CHECK_THAT(picture.out, Contains("dxhat"));
  CHECK(picture.out == run_chalktape({"graph", "batch_norm", "--backward"}).out);
}

TEST_CASE("trace: both sweeps, ending with the gradients") {
  const Finished run = run_chalktape({"trace", "batch_norm"});
  CHECK(run.status == 0);
  CHECK_THAT(run.out, StartsWith("batch_norm: N = 3, D = 2, seed 1\n\nFORWARD\n"));
  CHECK_THAT(run.out, Contains("\nv5 = x - mu  [N x D]\n"));
  CHECK_THAT(run.out, Contains("\n  dgamma = dv12*xhat, summed over N\n"));
  CHECK_THAT(run.out, Contains("\nGRADIENTS\n\ndx  [N x D]\n"));
  CHECK(std::all_of(run.out.begin(), run.out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
  CHECK(run.out != run_chalktape({"trace", "batch_norm", "--seed", "2"}).out);
  CHECK_THAT(run_chalktape({"trace", "batch_norm", "--unicode"}).out, Contains("x̂ = v5*v10  [N × D]"));
  CHECK_THAT(failure({"trace", "batch_norm", "--size", "N=5000"}), Contains("give smaller sizes"));
}
