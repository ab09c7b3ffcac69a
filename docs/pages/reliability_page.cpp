#include <fmt/format.h>

#include "docs/pages/hazards.hpp"
#include "docs/pages/pages.hpp"

namespace chalktape::docs {

namespace {

std::string without_folder(std::string text) {
  const std::string mark = "DIR/";
  for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos;) text.erase(at, mark.size());
  return text;
}

/// A cell's text as code. What would end the cell is escaped.
std::string code(const std::string& text) {
  std::string escaped;
  for (const char c : text) escaped += c == '|' ? std::string("\\|") : std::string(1, c);
  return fmt::format("`{}`", escaped);
}

/// As a shell reads it: a word that means more to it is quoted.
std::string word(const std::string& argument) {
  const bool is_plain = argument.find_first_of(" ^*()'\"$&|;<>") == std::string::npos;
  return is_plain ? argument : fmt::format("'{}'", argument);
}

std::string row(const Hazard& hazard) {
  std::string command = "chalktape";
  for (const std::string& argument : hazard.arguments) command += " " + word(without_folder(argument));
  const std::string says = without_folder(hazard.says);
  return fmt::format("| {} | {} | {} | {} |\n", hazard.what, code(command), hazard.status,
                     says.empty() ? "" : code(says));
}

}  // namespace

std::string reliability_page() {
  std::string text =
      "# What can go wrong, and what happens then\n\n"
      "<!-- Written by `./run docs` from docs/pages/hazards.cpp: change it there. -->\n\n"
      "Each row is run by a test (`tests/docs/reliability_test.cpp`), which makes the situation, runs the command, "
      "and\n"
      "requires the exit status, the message, no output but where the status is 0, that every file is as it was and "
      "no\n"
      "other is left, less than 15 s of processor time, and less than 1 GiB of memory. 130 and 143 are how a shell\n"
      "reports that SIGINT and SIGTERM ended a program.\n\n";
  for (const HazardFamily& family : hazards()) {
    text += fmt::format("## {}\n\n| situation | command | exit status | message |\n| --- | --- | --- | --- |\n",
                        family.title);
    for (const Hazard& hazard : family.hazards) text += row(hazard);
    text += "\n";
  }
  return text +
         "## What lies behind it\n\n"
         "- The language's limits are `symbolic/language/limits.hpp`; what they keep out is said with its place.\n"
         "- `--timeout` says when a derivation's searches are content with the best formula so far. `--max-time` and\n"
         "  `--max-memory` end the command wherever it is, in a library as well: 600 s of processor time and 8 GiB "
         "unless\n"
         "  they say otherwise.\n"
         "- A file is written beside its place and then renamed. An interruption removes what is unfinished\n"
         "  (`engine/io/unfinished.hpp`); only SIGKILL and a power cut can leave a `.chalktape-….tmp`, never half a "
         "file.\n"
         "  Meanwhile only its owner may read what replaces a file, and it is on the disk before the command ends.\n"
         "- A compiler leads a process group of its own (`engine/io/child.hpp`), which ends with the command or with "
         "the\n"
         "  compiler, and runs 250 s at most.\n"
         "- Files of numbers are not believed: nothing is allocated before a header agrees with the file's size.\n"
         "- What nobody thought of is looked for by fuzzing (`./run fuzz`) and by random layers (`./run soak`).\n";
}

}  // namespace chalktape::docs
