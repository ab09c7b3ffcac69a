#include "symbolic/roads/emitted_code.hpp"

#include <cstdlib>
#include <fstream>
#include <system_error>
#include <type_traits>
#include <utility>

#include <dlfcn.h>
#include <fmt/format.h>

#include "symbolic/emit/cpp_driver.hpp"
#include "symbolic/roads/child_process.hpp"

namespace chalktape::roads {
namespace {

/// Time enough for the largest layer on a busy machine.
constexpr double most_seconds = 250;

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw Error(fmt::format("{} cannot be written", path.string()));
}

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
      if (!finished.in_time) return fmt::format("{} takes more than {} s for the emitted code", compiler, most_seconds);
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

void* EmittedCode::address_of(const std::string& name) const {
  void* const address = dlsym(handle_, name.c_str());
  if (address == nullptr) throw Error(fmt::format("the compiled code has no function {}", name));
  return address;
}

EmittedLayer EmittedCode::bind(const Problem& problem, const std::string& prefix) const {
  return engine::dispatch(problem.dtype, [&]<class T>() { return bind_as<T>(problem, prefix); });
}

EmittedResults EmittedCode::run(const Problem& problem, const std::string& prefix) const {
  const EmittedLayer layer = bind(problem, prefix);
  layer.forward();
  layer.backward();
  return layer.results();
}

template <class T>
EmittedLayer EmittedCode::bind_as(const Problem& problem, const std::string& prefix) const {
  struct Arrays {
    std::vector<std::size_t> sizes;
    std::vector<const T*> upstream, tensors, constants;
    std::vector<T*> outputs, gradients;
    std::vector<engine::Tensor> kept;  // those of others, while their memory is in use
    std::shared_ptr<void> saved;
  };
  const auto arrays = std::make_shared<Arrays>();
  emit::CppDriver<T> driver{};
  const auto find = [&](auto& function, const char* what) {
    const std::string name = fmt::format("{}_{}_{}", prefix, what, engine::name_of(problem.dtype));
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what POSIX says dlsym is for
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(address_of(name));
  };
  find(driver.create, "new");
  find(driver.destroy, "delete");
  find(driver.forward, "forward");
  find(driver.backward, "backward");
  arrays->saved = std::shared_ptr<void>(driver.create(), driver.destroy);

  const language::Layer& layer = problem.layer;
  for (const std::string& size : layer.sizes) arrays->sizes.push_back(static_cast<std::size_t>(problem.sizes.at(size)));
  const auto read = [&](const engine::Tensor& tensor) {
    arrays->kept.push_back(tensor.contiguous());
    return std::as_const(arrays->kept.back()).template data<T>();
  };
  for (const std::string& output : layer.outputs) arrays->upstream.push_back(read(problem.upstream.at(output)));
  for (const auto& tensor : layer.tensors) arrays->tensors.push_back(read(problem.tensors.at(tensor.name)));
  for (const auto& constant : layer.constants)
    arrays->constants.push_back(read(engine::Tensor::full({}, problem.constants.at(constant.name), problem.dtype)));

  EmittedLayer bound;
  bound.results_ = std::make_shared<EmittedResults>();
  const auto written = [&](const std::string& of, std::map<std::string, engine::Tensor>& to,
                           std::vector<T*>& addresses) {
    engine::Tensor& tensor = to.emplace(of, engine::Tensor::zeros(shape_of(problem, of), problem.dtype)).first->second;
    addresses.push_back(tensor.template data<T>());
  };
  for (const auto* names : {&layer.outputs, &layer.auxiliary_outputs})
    for (const std::string& output : *names) written(output, bound.results_->outputs, arrays->outputs);
  for (const auto& tensor : layer.tensors) written(tensor.name, bound.results_->gradients, arrays->gradients);

  bound.forward_ = [arrays, forward = driver.forward] {
    forward(arrays->sizes.data(), arrays->tensors.data(), arrays->constants.data(), arrays->outputs.data(),
            arrays->saved.get());
  };
  bound.backward_ = [arrays, backward = driver.backward] {
    backward(arrays->sizes.data(), arrays->upstream.data(), arrays->tensors.data(), arrays->constants.data(),
             arrays->outputs.data(), arrays->saved.get(), arrays->gradients.data());
  };
  return bound;
}

std::unique_ptr<EmittedCode> compiled(const emit::Program& program, const std::string& header,
                                      const std::string& prefix, const std::vector<std::string>& flags) {
  PrivateFolder folder;  // the loader keeps what it has mapped
  const std::filesystem::path driver = folder.file("driver.cpp"), library = folder.file("driver.so");
  write(folder.file("layer.hpp"), header);
  write(driver, emit::cpp_driver(program, "layer.hpp", prefix));
  if (const auto reason = compile(driver, library, compilers(), flags)) throw Error(*reason);
  return std::make_unique<EmittedCode>(library);
}

}  // namespace chalktape::roads
