package io.veilora.client;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.security.SecureRandom;

/** The rules of DESIGN §2 and §7 about who may know what. */
@AnalyzeClasses(
        packages = {"io.veilora.client", "io.veilora.protocol"},
        importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule only_crypto_makes_keys_and_randomness = noClasses()
            .that(resideInAPackage("io.veilora.client.."))
            .and(not(resideInAPackage("io.veilora.client.crypto..")))
            .should()
            .dependOnClassesThat(assignableTo(SecureRandom.class).or(resideInAPackage("javax.crypto..")));

    @ArchTest
    static final ArchRule crypto_knows_nothing_of_what_carries_or_trains = classes()
            .that()
            .resideInAPackage("io.veilora.client.crypto..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "io.veilora.client.crypto..", "io.veilora.protocol..", "java..", "javax.crypto..", "jdk..");

    @ArchTest
    static final ArchRule secrets_stay_inside_crypto = noClasses()
            .that()
            .resideOutsideOfPackage("io.veilora.client.crypto..")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("io.veilora.client.crypto.BlockSecret");

    @ArchTest
    static final ArchRule the_client_knows_nothing_of_the_provider = noClasses()
            .that()
            .resideInAPackage("io.veilora.client..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.veilora.runtime..", "io.veilora.functions..", "io.quarkus..", "org.apache.kafka..");

    @ArchTest
    static final ArchRule the_protocol_needs_only_the_jdk_and_jackson = classes()
            .that()
            .resideInAPackage("io.veilora.protocol..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "io.veilora.protocol..",
                    "java..",
                    "javax.crypto..",
                    "jdk.incubator.vector..",
                    "com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule packages_of_the_protocol_do_not_know_events_and_urls = noClasses()
            .that()
            .resideInAnyPackage(
                    "io.veilora.protocol.wire..", "io.veilora.protocol.lattice..", "io.veilora.protocol.model..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.veilora.protocol.step..");

    @ArchTest
    static final ArchRule local_math_knows_nothing_of_training_and_transport = noClasses()
            .that()
            .resideInAnyPackage("io.veilora.client.llama..", "io.veilora.client.linear..", "io.veilora.client.lora..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.veilora.client.train..", "io.veilora.client.cli..", "io.veilora.client.data..");

    @ArchTest
    static final ArchRule packages_of_the_client_have_no_cycles =
            slices().matching("io.veilora.client.(*)..").should().beFreeOfCycles();
}
