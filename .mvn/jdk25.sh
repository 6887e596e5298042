# Sourced by ./mvnw and ./veilora: exports JAVA_HOME of a JDK 25 or newer, or says what to install.
# Order: JAVA_HOME, java on the PATH, then where Debian, Fedora, macOS and SDKMAN put JDKs.

veilora_jdk_major() { # prints the feature version of the JDK at $1; nothing when there is no compiler
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 0
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

veilora_find_jdk() {
  veilora_on_path=$(command -v javac 2>/dev/null || true)
  [ -z "$veilora_on_path" ] || veilora_on_path=$(dirname "$(dirname "$(readlink -f "$veilora_on_path" 2>/dev/null || echo "$veilora_on_path")")")
  for veilora_jdk in "${JAVA_HOME:-}" "$veilora_on_path" \
    /usr/lib/jvm/*25* /usr/lib/jvm/* /opt/jdk* /opt/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home "$HOME"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    "${SDKMAN_DIR:-$HOME/.sdkman}"/candidates/java/*; do
    [ -n "$veilora_jdk" ] || continue
    veilora_major=$(veilora_jdk_major "$veilora_jdk")
    if [ "${veilora_major:-0}" -ge 25 ]; then
      JAVA_HOME=$veilora_jdk
      export JAVA_HOME
      return 0
    fi
  done
  cat >&2 <<MESSAGE
veilora: no JDK 25 found.
  looked in: JAVA_HOME (${JAVA_HOME:-not set}), java on the PATH (${veilora_on_path:-none}), /usr/lib/jvm, /opt,
             /Library/Java/JavaVirtualMachines, Homebrew, SDKMAN
  remedy:    install one, then run this again:
             Debian, Ubuntu: sudo apt install temurin-25-jdk   (repository: https://packages.adoptium.net)
             Fedora:         sudo dnf install java-25-openjdk-devel java-25-openjdk-jmods
             macOS:          brew install --cask temurin@25
             any:            sdk install java 25-tem   (https://sdkman.io), or set JAVA_HOME to an unpacked JDK 25
MESSAGE
  return 1
}

veilora_find_jdk
