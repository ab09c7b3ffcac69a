#include "cli/check.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/failure.hpp"
#include "cli/layer_argument.hpp"
#include "cli/progress.hpp"
#include "symbolic/claims/check.hpp"
#include "symbolic/claims/report.hpp"

namespace chalktape::cli {
namespace {

struct CheckArguments {
  std::vector<std::string> files;
  std::string format = "text";
};

/// Files that a claims file names are looked for beside it, then from here.
claims::LayerLoader loader_beside(const std::string& claims_file) {
  return [folder = std::filesystem::path(claims_file).parent_path()](const std::string& file,
                                                                     const std::optional<std::string>& name) {
    const std::filesystem::path beside = folder / file;
    std::error_code ignored;
    const std::string path = std::filesystem::exists(beside, ignored) ? beside.string() : file;
    return load_layer_from_file(path, name);
  };
}

Outcome check(const CheckArguments& arguments, const OutputStyle& style) {
  // All that is wrong with the files is said before anything is judged.
  std::vector<claims::ClaimFile> files;
  std::string errors;
  bool sound = true, whole = true;
  for (const std::string& file : arguments.files) {
    files.push_back(claims::read_claims(read_source(file), file, loader_beside(file)));
    errors += files.back().diagnostics.render(files.back().source);
    sound = sound && files.back().claims_are_sound;
    whole = whole && !files.back().misses_claims;
  }
  if (!sound) throw InputErrors(errors);
  // A layer that is wrong keeps no claim about another one from being judged.
  std::fputs(errors.c_str(), stderr);
  Progress progress("checking");
  std::vector<claims::FileResult> results;
  for (const claims::ClaimFile& file : files) {
    progress.update(static_cast<double>(results.size()) / static_cast<double>(files.size()));
    results.push_back(claims::check_claims(file));
  }
  const bool well = std::all_of(results.begin(), results.end(), [](const auto& file) { return file.as_expected; });
  return {arguments.format == "json" ? claims::to_json(results) : claims::to_text(results, {.colour = style.colour}),
          !whole ? ExitStatus::bad
          : well ? ExitStatus::well
                 : ExitStatus::refuted};
}

}  // namespace

Action add_check(CLI::App& app) {
  const auto arguments = std::make_shared<CheckArguments>();
  app.add_option("FILE", arguments->files, "files with claims: FILE.chalk")->required()->type_name("FILE.chalk...");
  app.add_option("--format", arguments->format, "text for people, JSON for programs")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  return [arguments](const OutputStyle& style) { return check(*arguments, style); };
}

}  // namespace chalktape::cli
