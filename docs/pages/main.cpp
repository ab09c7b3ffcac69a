// chalktape_docs FOLDER writes the generated pages; chalktape_docs --check FOLDER says which of them are stale.
// chalktape_docs --measured MEASURED FOLDER takes over what `./run bench` wrote into the folder MEASURED, and writes
// the pages that show it.
#include <array>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

#include "docs/pages/measurements.hpp"
#include "docs/pages/pages.hpp"

namespace {

struct Page {
  std::string_view file;
  std::string (*text)();
};

constexpr std::array<Page, 9> pages{{
    {"accuracy.md", chalktape::docs::accuracy_page},
    {"ops.md", chalktape::docs::ops_page},
    {"rules.md", chalktape::docs::rules_page},
    {"layers.md", chalktape::docs::layers_page},
    {"errata.md", chalktape::docs::errata_page},
    {"reliability.md", chalktape::docs::reliability_page},
    {"benchmarks.md", chalktape::docs::benchmarks_page},
    {"benchmarks_batch_norm.svg", chalktape::docs::batch_norm_plot},
    {"benchmarks_layer_norm.svg", chalktape::docs::layer_norm_plot},
}};

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  if (!(file << text << std::flush)) throw std::runtime_error(path + " cannot be written");
}

int run(const std::string& folder, bool check) {
  int status = 0;
  for (const Page& page : pages) {
    const std::string path = folder + "/" + std::string(page.file), text = page.text();
    if (!check) {
      write(path, text);
    } else if (read(path) != text) {
      std::cerr << "docs/" << page.file << " is not what the code says: ./run docs writes it anew\n";
      status = 1;
    }
  }
  return status;
}

void take_over(const std::string& measured, const std::string& folder) {
  write(folder + "/benchmarks.json", chalktape::docs::kept_measurements(measured));
  for (const Page& page : pages)
    if (page.file.starts_with("benchmarks") || page.file == "accuracy.md")
      write(folder + "/" + std::string(page.file), page.text());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string_view first = argc > 1 ? argv[1] : "";
    if (argc == 2 && first != "--check") return run(argv[1], false);
    if (argc == 3 && first == "--check") return run(argv[2], true);
    if (argc == 4 && first == "--measured") {
      take_over(argv[2], argv[3]);
      return 0;
    }
    std::cerr << "usage: chalktape_docs [--check | --measured MEASURED] FOLDER\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "chalktape_docs: " << error.what() << '\n';
    return 2;
  }
}
