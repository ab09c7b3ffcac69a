// The command's manners: exit statuses, messages, where its output goes.
#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/cli/process.hpp"

namespace {

using namespace chalktape::cli::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

/// The names in the first column of the list of subcommands that help prints.
std::vector<std::string> subcommand_names() {
  const std::string help = run_chalktape({"--help"}).out;
  const std::size_t heading = help.find("Subcommands:\n");
  REQUIRE(heading != std::string::npos);
  std::istringstream lines(help.substr(heading));
  std::string line;
  std::getline(lines, line);
  std::vector<std::string> names;
  while (std::getline(lines, line) && line.starts_with("  ")) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    if (line[2] != ' ') names.push_back(name);
  }
  return names;
}

}  // namespace

TEST_CASE("help is asked for and given, with an example, for the command and each subcommand") {
  const Finished help = run_chalktape({"--help"});
  CHECK(help.status == 0);
  CHECK(help.err.empty());
  CHECK_THAT(help.out, Contains("Example:\n  chalktape "));
  const auto names = subcommand_names();
  CHECK(std::find(names.begin(), names.end(), "layers") != names.end());
  for (const std::string& name : names) {
    const Finished of_subcommand = run_chalktape({name, "--help"});
    INFO(name);
    CHECK(of_subcommand.status == 0);
    CHECK(of_subcommand.err.empty());
    CHECK_THAT(of_subcommand.out, Contains("Example:\n  chalktape " + name));
    CHECK_THAT(of_subcommand.out, Contains("--output"));
  }
}

TEST_CASE("the version is a version") {
  const Finished version = run_chalktape({"--version"});
  CHECK(version.status == 0);
  CHECK(std::count(version.out.begin(), version.out.end(), '.') == 2);
}

TEST_CASE("bad use exits with 2, a message on standard error and nothing on standard output") {
  const struct {
    std::vector<std::string> arguments;
    std::string message;
  } cases[] = {
      {{}, "chalktape: error: A subcommand is required (see chalktape --help)\n"},
      {{"leyers"}, "chalktape: error: there is no subcommand 'leyers'; did you mean 'layers'?\n"},
      {{"xyzzy"}, "chalktape: error: there is no subcommand 'xyzzy'; see chalktape --help\n"},
      {{"\x1b[31m"}, "chalktape: error: there is no subcommand '\uFFFD[31m'; see chalktape --help\n"},
      {{"--frobnicate"}, "(see chalktape --help)\n"},
      {{"layers", "--frobnicate"}, "(see chalktape layers --help)\n"},
      {{"layers", "-o"}, "(see chalktape layers --help)\n"},
      {{"layers", "-o", ""}, "needs a file's name"},
      {{"layers", "--ascii", "--unicode"}, "(see chalktape layers --help)\n"},
  };
  for (const auto& [arguments, message] : cases) {
    const Finished finished = run_chalktape(arguments);
    INFO(message);
    CHECK(finished.status == 2);
    CHECK(finished.out.empty());
    CHECK_THAT(finished.err, StartsWith("chalktape: error: "));
    CHECK_THAT(finished.err, Contains(message));
  }
}

TEST_CASE("layers lists the built-in layers, a line each, sorted, the same every time") {
  const Finished first = run_chalktape({"layers"});
  CHECK(first.status == 0);
  CHECK(first.err.empty());
  CHECK(first.out == run_chalktape({"layers"}).out);
  std::istringstream lines(first.out);
  std::vector<std::string> names;
  for (std::string line; std::getline(lines, line);) {
    names.push_back(line.substr(0, line.find(' ')));
    INFO(line);
    CHECK_THAT(line, Contains("("));
    CHECK(line.back() != ' ');  // a description stands last
  }
  CHECK(std::is_sorted(names.begin(), names.end()));
  CHECK_THAT(first.out, Contains("(x[N,D], gamma[D], beta[D]; eps = 1e-5)  "));
}

TEST_CASE("-o writes the same bytes to a file") {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "layers.txt";
  const Finished finished = run_chalktape({"layers", "-o", path});
  CHECK(finished.status == 0);
  CHECK(finished.out.empty());
  CHECK(finished.err.empty());
  CHECK(read_file(path) == run_chalktape({"layers"}).out);
}

TEST_CASE("a file that cannot be written is an error, and what was there stays") {
  const TemporaryFolder folder;
  const Finished nowhere = run_chalktape({"layers", "-o", folder.path() / "no/such/folder"});
  CHECK(nowhere.status == 2);
  CHECK_THAT(nowhere.err, StartsWith("chalktape: error: "));
  CHECK_THAT(nowhere.err, Contains("No such file or directory"));
  const Finished over_folder = run_chalktape({"layers", "-o", folder.path()});
  CHECK(over_folder.status == 2);
  CHECK_THAT(over_folder.err, StartsWith("chalktape: error: "));
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a standard output that cannot be written is an error") {
  Setup full;
  full.standard_output = "/dev/full";
  const Finished finished = run_chalktape({"layers"}, full);
  CHECK(finished.status == 2);
  CHECK(finished.err == "chalktape: error: cannot write to standard output: No space left on device\n");

  Setup closed;
  closed.close_standard_output = true;
  const Finished shut = run_chalktape({"layers"}, closed);
  CHECK(shut.status == 2);
  CHECK(shut.err == "chalktape: error: cannot write to standard output: Bad file descriptor\n");
}

TEST_CASE("output does not depend on the environment") {
  Setup german;
  german.environment = {"LC_ALL=de_DE.UTF-8", "LANG=tr_TR.UTF-8", "TERM=xterm-256color", "COLUMNS=20"};
  CHECK(run_chalktape({"layers"}, german).out == run_chalktape({"layers"}).out);
}

TEST_CASE("on a terminal the same lines are shown") {
  if (!has_pseudo_terminals()) {
    WARN("not tested: this system has no pseudo-terminals");
    return;
  }
  std::string seen = run_chalktape_on_terminal({"layers", "--ascii"}, {"NO_COLOR=1"}).out;
  std::erase(seen, '\r');  // the terminal's line ends
  CHECK(seen == run_chalktape({"layers"}).out);
}

TEST_CASE("constants below 0 and about which something is assumed: every subcommand") {
  const TemporaryFolder folder;
  const std::string path = folder.write("signed.chalk",
                                        "layer leaky(x[N,D]; slope = -0.01, shift = -2, tiny = -1e-12)\n"
                                        "  y[i,j] = max(x[i,j], 0) + slope*min(x[i,j], 0) + shift*tiny*x[i,j]\n"
                                        "  return y\n"
                                        "claim \"right\"\n"
                                        "  dx[i,j] = (step(x[i,j]) + slope*step(-x[i,j]) + shift*tiny)*dy[i,j]\n"
                                        "claim \"wrong\" expect refuted\n"
                                        "  dx[i,j] = (step(x[i,j]) - slope*step(-x[i,j]) + shift*tiny)*dy[i,j]\n");
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"derive", path},
                                             {"derive", path, "--style", "direct"},
                                             {"derive", path, "--format", "json"},
                                             {"derive", path, "--format", "latex"},
                                             {"derive", path, "--format", "html"},
                                             {"derive", path, "--at", "N=2,D=1"},
                                             {"derive", path, "--of", "slope*x[i,j]"},
                                             {"graph", path, "--backward", "--format", "text"},
                                             {"trace", path},
                                             {"trace", path, "--constant", "slope=-3"},
                                             {"compare", path},
                                             {"compare", path, "--dtype", "f64", "--constant", "tiny=-1e-3"},
                                             {"check", path},
                                             {"lesson", path},
                                             {"emit", path, "--lang", "numpy"},
                                             {"emit", path, "--lang", "c++"}}) {
    INFO(arguments[0] << " " << arguments.back());
    const Finished run = run_chalktape(arguments);
    CHECK(run.err.empty());
    CHECK(run.status == 0);
  }
  CHECK_THAT(run_chalktape({"emit", path, "--lang", "numpy"}).out, Contains("slope=-0.01, shift=-2, tiny=-1e-12"));
  CHECK_THAT(run_chalktape({"emit", path, "--lang", "c++"}).out, Contains("T(-0.01)") && Contains("T(-1e-12)"));

  const std::string assumed = folder.write("assumed.chalk",
                                           "layer steep(x[N]; slope, p = 0.5)\n"
                                           "  assume slope > 1\n"
                                           "  assume 0 < p < 1\n"
                                           "  y[i] = max(x[i], slope*x[i])*p\n"
                                           "  return y\n");
  CHECK(run_chalktape({"graph", assumed, "--format", "text"}).status == 0);
  CHECK(run_chalktape({"compare", assumed, "--constant", "slope=2"}).status == 0);
  for (const char* subcommand : {"compare", "trace"}) {
    CHECK_THAT(run_chalktape({subcommand, assumed, "--constant", "slope=1"}).err,
               Contains("these data do not suit the layer: `assume slope > 1` does not hold"));
    CHECK_THAT(run_chalktape({subcommand, assumed, "--constant", "slope=2", "--constant", "p=1"}).err,
               Contains("these data do not suit the layer: `assume p < 1` does not hold"));
  }
}
