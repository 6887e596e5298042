# Sourced by ./provider and ./coldstart from the repository's root: builds, and runs a benchmark class beside the packaged server.
. .mvn/jdk25.sh
./veilora models --data target/no-models >/dev/null # builds what changed, and makes the AOT cache
./mvnw -q test-compile -pl functions -am -Dspotless.check.skip=true

provider_bench() { # class, arguments
  bench=io.veilora.functions.bench.$1
  shift
  flags="--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"
  "$JAVA_HOME/bin/java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -Dveilora.jvm.flags="$flags" \
    -Dveilora.server.jar="${VEILORA_SERVER_JAR:-$PWD/functions/target/quarkus-app/quarkus-run.jar}" \
    -cp 'functions/target/test-classes:functions/target/classes:functions/target/quarkus-app/lib/main/*:functions/target/quarkus-app/lib/boot/*' "$bench" "$@"
}
