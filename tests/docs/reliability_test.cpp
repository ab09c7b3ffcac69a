// Each row of docs/reliability.md.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "docs/pages/hazards.hpp"
#include "tests/catch.hpp"
#include "tests/cli/process.hpp"

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using namespace chalktape::cli::testing;
using Catch::Matchers::Contains;
using chalktape::docs::GivenFile;
using chalktape::docs::Hazard;
using chalktape::docs::Surroundings;

#ifdef CHALKTAPE_SANITIZED
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

std::string in_folder(std::string text, const fs::path& folder) {
  const std::string mark = "DIR/";
  for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos;)
    text.replace(at, mark.size(), folder.string() + "/");
  return text;
}

void make(const GivenFile& given, const TemporaryFolder& folder) {
  const fs::path path = folder.path() / given.name;
  switch (given.kind) {
    case GivenFile::Kind::file:
      (void)folder.write(given.name, given.bytes);
      break;
    case GivenFile::Kind::folder:
      fs::create_directory(path);
      break;
    case GivenFile::Kind::link:
      fs::create_symlink(given.bytes, path);
      break;
    case GivenFile::Kind::pipe:
      REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
      break;
    case GivenFile::Kind::program:
      (void)folder.write(given.name, given.bytes);
      fs::permissions(path, fs::perms::owner_all);
      break;
    case GivenFile::Kind::sparse:
      (void)folder.write(given.name, "");
      fs::resize_file(path, std::stoull(given.bytes));
      break;
  }
}

void set_forbidden(const Hazard& hazard, const fs::path& folder, bool forbidden) {
  for (const GivenFile& given : hazard.files) {
    if (given.is_forbidden) fs::permissions(folder / given.name, forbidden ? fs::perms::none : fs::perms::owner_all);
  }
}

/// What is in the folder: of each name the kind, of small files the bytes.
std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto status = entry.symlink_status();
    const bool is_small = fs::is_regular_file(status) && entry.file_size() < (1U << 22);
    found[entry.path().filename()] =
        fmt::format("{} {}", static_cast<int>(status.type()), is_small ? read_file(entry.path()) : "");
  }
  return found;
}

Setup setup_of(Surroundings surroundings, const fs::path& folder) {
  Setup setup;
  switch (surroundings) {
    case Surroundings::usual:
    case Surroundings::little_memory:
      break;
    case Surroundings::full_disk:
      setup.standard_output = "/dev/full";
      break;
    case Surroundings::closed_pipe:
      setup.broken_pipe = true;
      break;
    case Surroundings::closed_output:
      setup.close_standard_output = true;
      break;
    case Surroundings::small_files:
      setup.in_shell = "ulimit -f 1";
      break;
    case Surroundings::interrupt:
      setup.signal_at_input = {folder / "x.csv", SIGINT};
      break;
    case Surroundings::terminate:
      setup.signal_at_input = {folder / "x.csv", SIGTERM};
      break;
    case Surroundings::terminate_compiler:
      setup.signal_at_input = {folder / "pipe", SIGTERM};
      [[fallthrough]];
    case Surroundings::own_compiler:
      setup.environment = {"CXX=" + (folder / "c++").string(), "TMPDIR=" + folder.string()};
      break;
    case Surroundings::ignored_children:
      setup.in_shell = "trap '' CHLD";
      break;
    case Surroundings::decimal_comma:
      setup.environment = {"LC_ALL=de_DE.UTF-8", "LC_NUMERIC=de_DE.UTF-8"};
      break;
    case Surroundings::no_root:
      if (::geteuid() == 0) {
        setup.in_shell = R"(exec setpriv --bounding-set -dac_override,-dac_read_search "$0" "$@")";
      }
      break;
  }
  return setup;
}

void examine(const Hazard& hazard) {
  INFO(hazard.what);
  const TemporaryFolder folder;
  for (const GivenFile& given : hazard.files) make(given, folder);
  const auto before = contents(folder.path());
  std::vector<std::string> arguments;
  for (const std::string& argument : hazard.arguments) arguments.push_back(in_folder(argument, folder.path()));

  set_forbidden(hazard, folder.path(), true);
  const auto begin = Clock::now();
  const Finished finished = run_chalktape(arguments, setup_of(hazard.surroundings, folder.path()));
  const std::chrono::duration<double> wall_time = Clock::now() - begin;
  set_forbidden(hazard, folder.path(), false);

  CAPTURE(finished.out, finished.err);
  CHECK(finished.status == hazard.status);
  const std::string says = in_folder(hazard.says, folder.path());
  if (hazard.status == 0) {
    CHECK_THAT(finished.out, Contains(says));
    CHECK_THAT(finished.out, !Contains("no emitted road"));  // every machine with tests has a compiler
    CHECK(finished.err.empty());
  } else {
    CHECK(finished.out.empty());
    CHECK_THAT(finished.err, Contains(says));
    CHECK(finished.err.empty() == says.empty());
  }
  if (hazard.surroundings == Surroundings::decimal_comma) CHECK(finished.out == run_chalktape(arguments).out);
  CHECK(contents(folder.path()) == before);
  CHECK_FALSE(finished.leaves_reader);
  CHECK(finished.processor_seconds < (sanitized ? 60 : 15));
  CHECK(wall_time.count() < 180);  // an end that does not wait for what may never come; machines are busy
  if (!sanitized) CHECK(finished.most_memory < (std::size_t{1} << 30));
}

}  // namespace

TEST_CASE("what docs/reliability.md says happens") {
  std::size_t rows = 0;
  for (const auto& family : chalktape::docs::hazards()) {
    for (const Hazard& hazard : family.hazards) {
      if (sanitized && hazard.surroundings == Surroundings::little_memory) continue;
      examine(hazard);
      ++rows;
    }
  }
  CHECK(rows > 40);
}
