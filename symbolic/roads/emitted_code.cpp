#include "symbolic/roads/emitted_code.hpp"

#include <cstdlib>
#include <system_error>
#include <utility>

#include <dlfcn.h>
#include <fmt/format.h>

#include "symbolic/emit/cpp_driver.hpp"
#include "symbolic/roads/child_process.hpp"

namespace chalktape::roads {
namespace {

/// Time enough for the largest layer on a busy machine.
constexpr double most_seconds = 250;

}  // namespace

std::vector<std::string> compilers() {
  std::vector<std::string> names;
  const char* const chosen = std::getenv("CXX");  // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  if (chosen != nullptr && *chosen != '\0') names.emplace_back(chosen);
  names.insert(names.end(), {"c++", "g++", "clang++"});
  return names;
}

std::optional<std::string> compile(const std::filesystem::path& source, const std::filesystem::path& library,
                                   const std::vector<std::string>& compilers, const std::vector<std::string>& flags) {
  for (const std::string& compiler : compilers) {
    std::vector<std::string> command{compiler, "-std=c++17", "-O2", "-fPIC", "-shared"};
    command.insert(command.end(), flags.begin(), flags.end());
    command.insert(command.end(), {"-o", library.string(), source.string()});
    try {
      const Finished finished = run_program(command, most_seconds);
      if (finished.status == 0) return std::nullopt;
      return fmt::format("{} does not compile the emitted code: {}", compiler,
                         finished.output.substr(0, finished.output.find("\n\n")));
    } catch (const std::system_error& error) {
      if (error.code() == std::errc::no_such_file_or_directory) continue;
      throw;
    }
  }
  return "there is no C++ compiler on this machine";
}

EmittedCode::EmittedCode(const std::filesystem::path& library)
    : handle_(dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread loads
  if (handle_ == nullptr) throw Error(fmt::format("the compiled code cannot be loaded: {}", dlerror()));
}

EmittedCode::~EmittedCode() { dlclose(handle_); }

EmittedResults EmittedCode::run(const Problem& problem, const std::string& prefix) const {
  return engine::dispatch(problem.dtype, [&]<class T>() { return run_as<T>(problem, prefix); });
}

template <class T>
EmittedResults EmittedCode::run_as(const Problem& problem, const std::string& prefix) const {
  const std::string name = fmt::format("{}_{}", prefix, engine::name_of(problem.dtype));
  void* const address = dlsym(handle_, name.c_str());
  if (address == nullptr) throw Error(fmt::format("the compiled code has no function {}", name));
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what POSIX says dlsym is for
  const auto driver = reinterpret_cast<emit::CppDriver<T>>(address);

  const language::Layer& layer = problem.layer;
  std::vector<std::size_t> sizes;
  for (const std::string& size : layer.sizes) sizes.push_back(static_cast<std::size_t>(problem.sizes.at(size)));
  std::vector<engine::Tensor> kept;  // while their memory is in use
  const auto read = [&](const engine::Tensor& tensor) {
    kept.push_back(tensor.contiguous());
    return std::as_const(kept.back()).template data<T>();
  };
  std::vector<const T*> upstream;
  std::vector<const T*> tensors;
  std::vector<const T*> constants;
  for (const std::string& output : layer.outputs) upstream.push_back(read(problem.upstream.at(output)));
  for (const auto& tensor : layer.tensors) tensors.push_back(read(problem.tensors.at(tensor.name)));
  for (const auto& constant : layer.constants)
    constants.push_back(read(engine::Tensor::full({}, problem.constants.at(constant.name), problem.dtype)));

  EmittedResults results;
  std::vector<T*> outputs;
  std::vector<T*> gradients;
  const auto written = [&](const std::string& of, std::map<std::string, engine::Tensor>& to,
                           std::vector<T*>& addresses) {
    engine::Tensor& tensor = to.emplace(of, engine::Tensor::zeros(shape_of(problem, of), problem.dtype)).first->second;
    addresses.push_back(tensor.template data<T>());
  };
  for (const auto* names : {&layer.outputs, &layer.auxiliary_outputs})
    for (const std::string& output : *names) written(output, results.outputs, outputs);
  for (const auto& tensor : layer.tensors) written(tensor.name, results.gradients, gradients);
  driver(sizes.data(), upstream.data(), tensors.data(), constants.data(), outputs.data(), gradients.data());
  return results;
}

}  // namespace chalktape::roads
