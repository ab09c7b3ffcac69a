// The LAYER argument: built-in names, files, and what is said where neither fits.
#include "cli/layer_argument.hpp"

#include <string>

#include "cli/failure.hpp"
#include "symbolic/language/diagnostics.hpp"
#include "symbolic/layers.hpp"
#include "tests/catch.hpp"
#include "tests/cli/process.hpp"

namespace {

using Catch::Matchers::Contains;
using chalktape::cli::Failure;
using chalktape::cli::load_layer;
using chalktape::cli::testing::TemporaryFolder;

/// What load_layer says is wrong with the argument.
std::string complaint(const std::string& argument) {
  try {
    return "no complaint: loaded " + load_layer(argument).name;
  } catch (const Failure& failure) {
    return failure.what();
  }
}

constexpr const char* two_layers =
    "# Two layers.\n"
    "layer first(x[N])\n"
    "  y[i] = 2*x[i]\n"
    "  return y\n"
    "layer second(x[N])\n"
    "  y[i] = x[i]^2\n"
    "  return y\n";

}  // namespace

TEST_CASE("every built-in layer loads and has its file's name") {
  REQUIRE_FALSE(chalktape::language::builtin_layers().empty());
  for (const auto& builtin : chalktape::language::builtin_layers()) {
    CHECK(load_layer(std::string(builtin.name)).name == builtin.name);
    CHECK(chalktape::language::find_builtin_layer(builtin.name) == &builtin);
    CHECK_FALSE(builtin.description.empty());
  }
  CHECK(chalktape::language::find_builtin_layer("") == nullptr);
  CHECK(chalktape::language::find_builtin_layer("zzz") == nullptr);
}

TEST_CASE("a file gives its first layer, or the one that is named") {
  const TemporaryFolder folder;
  const std::string path = folder.write("two.chalk", two_layers);
  CHECK(load_layer(path).name == "first");
  CHECK(load_layer(path + ":first").name == "first");
  CHECK(load_layer(path + ":second").name == "second");
}

TEST_CASE("what cannot be loaded is named, with what may have been meant") {
  const TemporaryFolder folder;
  const std::string path = folder.write("two.chalk", two_layers);
  CHECK(complaint("batch_nrom") == "there is no built-in layer 'batch_nrom'; did you mean 'batch_norm'?");
  CHECK(complaint("xyzzy") ==
        "there is no built-in layer 'xyzzy'; chalktape layers lists them, and files end in .chalk");
  CHECK(complaint("") == "there is no built-in layer ''; chalktape layers lists them, and files end in .chalk");
  CHECK(complaint("\n\x1b") ==
        "there is no built-in layer '\uFFFD\uFFFD'; chalktape layers lists them, and files end in .chalk");
  CHECK(complaint(path + ":secand") == "'" + path + "' has no layer 'secand'; did you mean 'second'?");
  CHECK(complaint(path + ":third") == "'" + path + "' has no layer 'third'; its first layer is 'first'");
  CHECK(complaint(path + ":") == "'" + path + "' has no layer ''; its first layer is 'first'");
  CHECK(complaint("no/such.chalk") == "cannot read 'no/such.chalk': No such file or directory");
  std::filesystem::create_directory(folder.path() / "folder.chalk");
  const std::string directory = folder.path() / "folder.chalk";
  CHECK(complaint(directory) == "cannot read '" + directory + "': Is a directory");
}

TEST_CASE("a file with mistakes gives its diagnostics") {
  const TemporaryFolder folder;
  const std::string path = folder.write("wrong.chalk", "layer wrong(x[N])\n  y[i] = z[i]\n  return y\n");
  CHECK_THROWS_WITH(load_layer(path), Contains(path + ":2:10: error: "));
  CHECK_THROWS_AS(load_layer(path), chalktape::language::Error);
}

TEST_CASE("a layer is used whatever is wrong with others of its file, which is said") {
  const TemporaryFolder folder;
  const std::string broken = "layer broken(x[N])\n  y[i] = q[i]\n  return y\n";
  const std::string path = folder.write("three.chalk", two_layers + broken);
  CHECK(load_layer(path).name == "first");
  CHECK(load_layer(path + ":second").name == "second");
  CHECK_THROWS_AS(load_layer(path + ":broken"), chalktape::language::Error);
  CHECK(complaint(path + ":absent") == "'" + path + "' has no layer 'absent'; its first layer is 'first'");
  const std::string first = folder.write("first.chalk", broken + two_layers);
  CHECK_THROWS_AS(load_layer(first), chalktape::language::Error);
  const auto run = chalktape::cli::testing::run_chalktape({"derive", first + ":second"});
  CHECK(run.status == 0);
  CHECK_THAT(run.out, Contains("dx[i] = 2*x[i]*dy[i]"));
  CHECK_THAT(run.err, Contains("first.chalk:2:10: error: unknown name 'q'") &&
                          Contains("first.chalk: the layer 'second' is free of errors\n"));
}

TEST_CASE("a source without an end is not read to its end") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "endless.chalk";
  std::filesystem::create_symlink("/dev/zero", path);
  CHECK_THROWS_AS(load_layer(path), chalktape::language::Error);
}
