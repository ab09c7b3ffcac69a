#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <dlfcn.h>
#include <fmt/format.h>

#include "symbolic/check/checker.hpp"
#include "symbolic/check/verify.hpp"
#include "symbolic/emit/cpp.hpp"
#include "symbolic/emit/cpp_driver.hpp"
#include "symbolic/notation/formula.hpp"
#include "symbolic/roads/child_process.hpp"
#include "symbolic/roads/road.hpp"

namespace chalktape::roads {
namespace {

constexpr double most_seconds = 120;
constexpr const char* prefix = "chalktape_emitted";

/// A shared library in a folder of its own, both gone at the end.
class Library {
 public:
  Library(const PrivateFolder& folder, const char* name) : handle_(dlopen((folder.path() / name).c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) throw Error(fmt::format("the compiled code cannot be loaded: {}", dlerror()));
  }
  ~Library() { dlclose(handle_); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  Library(Library&&) = delete;
  Library& operator=(Library&&) = delete;

  template <class Function>
  [[nodiscard]] Function function(const std::string& name) const {
    void* const address = dlsym(handle_, name.c_str());
    if (address == nullptr) throw Error(fmt::format("the compiled code has no function {}", name));
    return reinterpret_cast<Function>(address);  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast): POSIX says so
  }

 private:
  void* handle_;
};

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw Error(fmt::format("{} cannot be written", path.string()));
}

/// What CXX names if it is one word, else what machines usually have.
std::vector<std::string> compilers() {
  std::vector<std::string> names;
  const char* const chosen = std::getenv("CXX");  // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  if (chosen != nullptr && *chosen != '\0') names.emplace_back(chosen);
  names.insert(names.end(), {"c++", "g++", "clang++"});
  return names;
}

class EmittedRoad final : public Road {
 public:
  [[nodiscard]] std::string_view name() const override { return "emitted"; }

  [[nodiscard]] std::optional<std::string> unavailable(const language::Layer& layer) override {
    library_.reset();
    folder_.reset();
    try {
      const emit::Program program = emit::make_program(check::verified_derivation(layer));
      const emit::CppSource source = emit::cpp_source(program);
      cost_ = {source.sweeps, source.saved};
      folder_ = std::make_unique<PrivateFolder>();
      write(folder_->path() / "layer.hpp", source.header);
      write(folder_->path() / "driver.cpp", emit::cpp_driver(program, "layer.hpp", prefix));
      if (const auto reason = compile()) return reason;
      library_ = std::make_unique<Library>(*folder_, "driver.so");
    } catch (const derive::Error& error) {
      return std::string(error.what());
    } catch (const notation::Error& error) {
      return std::string(error.what());
    } catch (const check::Error& error) {
      return std::string(error.what());
    } catch (const lower::Error& error) {
      return std::string(error.what());
    } catch (const std::system_error& error) {
      return fmt::format("the emitted code cannot be compiled: {}", error.what());
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::nullopt;
  }

  [[nodiscard]] Walk walk(const Problem& problem) override {
    return engine::dispatch(problem.dtype, [&]<class T>() { return run<T>(problem); });
  }

 private:
  /// Why the driver cannot be compiled; nullopt where it has been.
  [[nodiscard]] std::optional<std::string> compile() const {
    const auto path = [&](const char* name) { return (folder_->path() / name).string(); };
    for (const std::string& compiler : compilers()) {
      Finished finished;
      try {
        finished = run_program({compiler, "-std=c++17", "-O2", "-fPIC", "-shared", "-o", path("driver.so"),
                                path("driver.cpp")},
                               most_seconds);
      } catch (const std::system_error&) {
        continue;  // there is no such program
      }
      if (finished.status == 0) return std::nullopt;
      const std::string first_line = finished.output.substr(0, finished.output.find('\n'));
      return fmt::format("{} does not compile the emitted code: {}", compiler, first_line);
    }
    return "there is no C++ compiler on this machine";
  }

  template <class T>
  Walk run(const Problem& problem) const {
    const language::Layer& layer = problem.layer;
    std::vector<std::size_t> sizes;
    for (const std::string& size : layer.sizes) sizes.push_back(static_cast<std::size_t>(problem.sizes.at(size)));
    std::vector<engine::Tensor> kept;
    const auto input = [&](const engine::Tensor& tensor) {
      kept.push_back(tensor.contiguous());
      return std::as_const(kept.back()).template data<T>();
    };
    std::vector<const T*> upstream;
    std::vector<const T*> tensors;
    std::vector<const T*> constants;
    for (const std::string& output : layer.outputs) upstream.push_back(input(problem.upstream.at(output)));
    for (const auto& tensor : layer.tensors) tensors.push_back(input(problem.tensors.at(tensor.name)));
    for (const auto& constant : layer.constants)
      constants.push_back(input(engine::Tensor::full({}, problem.constants.at(constant.name), problem.dtype)));

    std::vector<T*> outputs;
    std::vector<T*> gradients;
    Walk walk;
    for (const auto* names : {&layer.outputs, &layer.auxiliary_outputs}) {
      for (const std::string& output : *names) {
        kept.push_back(engine::Tensor::zeros(shape_of(problem, output), problem.dtype));
        outputs.push_back(kept.back().template data<T>());
      }
    }
    for (const auto& tensor : layer.tensors) {
      engine::Tensor gradient = engine::Tensor::zeros(shape_of(problem, tensor.name), problem.dtype);
      gradients.push_back(gradient.template data<T>());
      walk.gradients.emplace(tensor.name, std::move(gradient));
    }
    const auto driver =
        library_->function<emit::CppDriver<T>>(fmt::format("{}_{}", prefix, engine::name_of(problem.dtype)));
    driver(sizes.data(), upstream.data(), tensors.data(), constants.data(), outputs.data(), gradients.data());
    walk.cost = cost_;
    return walk;
  }

  Cost cost_;
  std::unique_ptr<PrivateFolder> folder_;
  std::unique_ptr<Library> library_;
};

}  // namespace

std::unique_ptr<Road> emitted_road() { return std::make_unique<EmittedRoad>(); }

}  // namespace chalktape::roads
